"""What every adapter speaks: observations, settings that draw their own form, and failures in words."""

import dataclasses
import math
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Protocol, Self

from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.text import Json

SHORT_TEXT = 200
LONG_TEXT = 2_000


class SourceFailed(Exception):
    """Another system could not be read; `permanent` says that asking again will not help."""

    def __init__(self, what: str, why: str, remedy: str = "", *, permanent: bool = False) -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.permanent = permanent

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.what}: {self.why}", self.remedy) if part)


class NotThere(SourceFailed):
    """The other system answered, and does not have what was asked for."""


class ReportUnreadable(Exception):
    """A file that a person or a pipeline brought cannot be taken as evidence."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why, remedy)
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}".strip()


class HookRefused(Exception):
    """A delivery to a webhook is not signed by whom it claims, too old, or not understood."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact seen in another system, as plain values.

    `source_ref` stays the same when the same fact is read again. `observed_at` is None where the source
    does not say when. `fingerprint` is the digest of what was looked at (a data set, a file).
    """

    kind: EvidenceKind
    key: str
    subject: str
    source: str
    source_ref: str
    value: float | None = None
    outcome: Outcome = Outcome.NONE
    unit: str = ""
    summary: str = ""
    link: str = ""
    fingerprint: str = ""
    observed_at: datetime | None = None
    detail: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.key}: an observation holds a finite number or none")
        if self.observed_at is not None and self.observed_at.tzinfo is None:
            raise ValueError(f"{self.key}: an observation needs a time with its zone")


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model as another registry lists it."""

    name: str
    description: str = ""
    latest_version: str = ""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """The outcome of testing a connection: what may be shown, and nothing of what was answered."""

    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A webhook call whose signature and age were right; `model` is empty where it is about something else."""

    delivery_id: str
    event: str
    model: str


class Source(Protocol):
    """A system that evidence is read from; one file or folder in `sources/`, one line in `SOURCES`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    settings_type: ClassVar[type["Settings"]]

    @classmethod
    def connect(cls, values: Mapping[str, str], *, allowed: Collection[str]) -> Self:
        """The source as its stored settings describe it; nothing is sent yet."""
        ...

    def permit(self) -> str:
        """The `host:port` that credentials go to; SourceFailed where it may not be called."""
        ...

    def test_connection(self) -> Reached: ...

    def remote_models(self) -> Iterator[RemoteModel]: ...

    def observations(self, name: str, alias: str = "") -> tuple[Observation, ...]:
        """Facts about the version that `alias` points at, or about the newest one."""
        ...

    def received(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> HookEvent:
        """What a webhook call says; HookRefused where its signature or its age is not right."""
        ...


@dataclass(frozen=True, slots=True)
class SettingField:
    """One line of the form that a source's settings draw."""

    name: str
    label: str
    help: str
    required: bool
    is_secret: bool
    input: str


def setting(
    label: str, explained: str, *, required: bool = False, secret: bool = False, kind: str = "text"
) -> str:
    """A field of a `Settings` dataclass; typed as the string that it holds."""
    metadata = {"label": label, "help": explained, "required": required, "secret": secret, "input": kind}
    made: str = dataclasses.field(default="", repr=not secret, metadata=metadata)
    return made


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person fills in to connect a source; every field is made by `setting`."""

    @classmethod
    def form(cls) -> tuple[SettingField, ...]:
        """What a settings page needs to draw the form."""
        return tuple(_form_field(one.name, one.metadata) for one in dataclasses.fields(cls))

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """Settings from stored or typed values; names that the source does not have are passed over."""
        known = {one.name for one in dataclasses.fields(cls)}
        return cls(**{name: value.strip() for name, value in values.items() if name in known})

    def lacking(self) -> tuple[str, ...]:
        """Names of required fields that are empty."""
        return tuple(one.name for one in self.form() if one.required and not getattr(self, one.name))


def _form_field(name: str, metadata: Mapping[str, object]) -> SettingField:
    return SettingField(
        name=name,
        label=str(metadata["label"]),
        help=str(metadata["help"]),
        required=bool(metadata["required"]),
        is_secret=bool(metadata["secret"]),
        input=str(metadata["input"]),
    )


def plain(value: object, limit: int = SHORT_TEXT) -> str:
    """Text from outside as one storable line: no control characters or lone surrogates, NFC, cut to `limit`."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    text = text[: limit * 4].encode("utf-8", "replace").decode("utf-8")
    kept = "".join(char if char.isprintable() else " " for char in text)
    kept = unicodedata.normalize("NFC", kept).strip()
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def finite(value: object) -> float | None:
    """A number as a float, or None where it is missing, not a number, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def from_milliseconds(value: object) -> datetime | None:
    """An instant from milliseconds since 1970, given as a number or as text."""
    number = finite(value)
    if number is None or number <= 0:
        return None
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def from_iso(value: object) -> datetime | None:
    """An instant from ISO 8601 text; without a zone it is read as UTC."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
