"""Connected tools as an actor may see them, and what those tools hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings as installation
from django.db.models import Count, QuerySet

from throughline.adapters import SOURCES
from throughline.adapters.base import SettingField, Source, SourceFailed
from throughline.adapters.reports import FORMATS
from throughline.adapters.sealing import SealBroken, unseal
from throughline.core.connections import Health, health, paired
from throughline.core.errors import Missing, Reason, Refused
from throughline.core.permissions import Actor, may
from throughline.queries.portfolio import models
from throughline.records.connections import Connection, ModelLink
from throughline.records.portfolio import MLModel

MOST_LISTED = 5_000


@dataclass(frozen=True)
class SourceKind:
    """A kind of tool that can be connected, with the form that it draws."""

    kind: str
    label: str
    fields: tuple[SettingField, ...]


@dataclass(frozen=True)
class Candidate:
    """A registered model of a tool, the model it is linked to, and the model it probably is."""

    name: str
    description: str
    latest_version: str
    aliases: tuple[str, ...]
    linked_to: MLModel | None
    proposed: MLModel | None


def kinds() -> tuple[SourceKind, ...]:
    return tuple(SourceKind(kind, one.label, one.settings_type.form()) for kind, one in SOURCES.items())


def report_formats() -> tuple[str, ...]:
    """The names of the report files that can be brought."""
    return FORMATS


def kind_of(kind: str) -> SourceKind:
    found = next((one for one in kinds() if one.kind == kind), None)
    if found is None:
        raise Refused.field(
            "kind", f"Tools of the kind “{kind}” cannot be connected.", "Choose one of the list."
        )
    return found


def connections(actor: Actor) -> QuerySet[Connection]:
    """The one constructor of lists of connections: those of programs where the actor may see them."""
    rows = (
        Connection.objects.select_related("program")
        .annotate(link_count=Count("links"))
        .order_by("name", "pk")
    )
    if actor.is_admin and may(actor, "connection.view"):
        return rows
    seen = [one for one in actor.program_ids() if may(actor, "connection.view", program_id=one)]
    return rows.filter(program_id__in=seen)


def connection_row(actor: Actor, connection_id: int) -> Connection:
    row = connections(actor).filter(pk=connection_id).first()
    if row is None:
        raise Missing("connection")
    return row


def links(connection: Connection) -> QuerySet[ModelLink]:
    return connection.links.select_related("model").order_by("model__name", "pk")


def health_of(connection: Connection) -> Health:
    return health(
        is_active=connection.is_active,
        last_polled_at=connection.last_polled_at,
        last_error=connection.last_error,
    )


def due(now: datetime) -> QuerySet[Connection]:
    """Connections to be asked now, in whatever program: for the worker alone."""
    return Connection.objects.filter(is_active=True, next_poll_at__lte=now).order_by("next_poll_at", "pk")


def by_hook_token(kind: str, token: str) -> Connection | None:
    return Connection.objects.filter(kind=kind, hook_token=token, is_active=True).first() if token else None


def secrets_of(connection: Connection) -> dict[str, str]:
    """The stored credentials; Refused where the installation's key no longer opens them."""
    try:
        return unseal(connection.secrets, keys())
    except SealBroken as error:
        raise Refused.of(
            f"The credentials of {connection.name} cannot be read.",
            remedy="The installation's secret key was changed; enter the credentials again.",
        ) from error


def stored_secrets(connection: Connection) -> frozenset[str]:
    """The names of the secrets that are stored; none where they cannot be read any more."""
    try:
        return frozenset(secrets_of(connection))
    except Refused:
        return frozenset()


def keys() -> list[str]:
    """The installation's key, and older ones that may still open what they sealed."""
    return [installation.SECRET_KEY, *(str(key) for key in installation.SECRET_KEY_FALLBACKS)]


def source_of(connection: Connection) -> Source:
    stored = {str(name): str(value) for name, value in connection.settings.items()}
    return source_from(connection.kind, {**stored, **secrets_of(connection)})


def source_from(kind: str, values: Mapping[str, str]) -> Source:
    kind_of(kind)
    return SOURCES[kind].connect(values, allowed=installation.ALLOW_HOSTS)


def in_words(error: SourceFailed) -> Refused:
    return Refused((Reason(f"{error.what}: {error.why}", remedy=error.remedy),))


def candidates(actor: Actor, connection: Connection) -> tuple[Candidate, ...]:
    """What the tool holds, each with the model of the program that it is or probably is. Asks the tool.

    Refused, in words, where the tool does not answer.
    """
    try:
        listed = list(islice(source_of(connection).remote_models(), MOST_LISTED))
    except SourceFailed as error:
        raise in_words(error) from error
    linked = {link.remote_name: link.model for link in links(connection)}
    taken = {model.pk for model in linked.values()}
    rows = models(actor).filter(program_id=connection.program_id).order_by("-pk")
    free = {row.name: row for row in rows if row.pk not in taken}
    alike = paired((one.name for one in listed if one.name not in linked), free)
    return tuple(
        Candidate(
            name=one.name,
            description=one.description,
            latest_version=one.latest_version,
            aliases=one.aliases,
            linked_to=linked.get(one.name),
            proposed=free.get(alike.get(one.name, "")),
        )
        for one in listed
    )
