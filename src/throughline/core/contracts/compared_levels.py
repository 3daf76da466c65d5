"""Service levels of two versions, compared by what they mean: 1 day and 24 hours are the same."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from throughline.core.contracts.changes import Change, Weight
from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.contracts.documents import ServiceLevel
from throughline.core.contracts.units import read_span


class Better(StrEnum):
    """What consumers prefer of a level."""

    LESS = "less"
    MORE = "more"
    EARLIER = "earlier"
    LATER = "later"
    SOONER_IN_THE_DAY = "sooner in the day"


BETTER: Mapping[str, Better] = {
    "latency": Better.LESS,
    "freshness": Better.LESS,
    "timeliness": Better.LESS,
    "frequency": Better.LESS,
    "errorrate": Better.LESS,
    "timetodetect": Better.LESS,
    "timetonotify": Better.LESS,
    "timetorepair": Better.LESS,
    "retention": Better.MORE,
    "availability": Better.MORE,
    "throughput": Better.MORE,
    "completeness": Better.MORE,
    "generalavailability": Better.EARLIER,
    "endofsupport": Better.LATER,
    "endoflife": Better.LATER,
    "timeofavailability": Better.SOONER_IN_THE_DAY,
}
SHORT = {
    "ly": "latency", "fr": "frequency", "re": "retention", "av": "availability", "th": "throughput", "er": "errorrate",
    "ga": "generalavailability", "es": "endofsupport", "el": "endoflife", "td": "timetodetect", "tn": "timetonotify",
    "tr": "timetorepair", "ti": "timeofavailability",
}  # fmt: skip
ENDS = ("endofsupport", "endoflife")
RATES = ("throughput", "errorrate", "availability", "completeness")
# Seconds of a month on average, where months are held against days.
MONTH = 2_629_746
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|[+-]\d{2}:?\d{2})?")


def service_levels(old: Sequence[ServiceLevel], new: Sequence[ServiceLevel]) -> Iterable[Change]:
    left = list(new)
    for was in old:
        now = _partner(was, left)
        if now is None:
            yield _dropped(was)
            continue
        left.remove(now)
        yield from _changed(was, now)
    for one in left:
        if kind_of(one) in ENDS:
            why = "Until now no end was named."
            yield _change(one, Weight.BREAKING, f"An end is named now: {_said(one)}.", why)
        else:
            yield _change(one, Weight.COMPATIBLE, f"It is promised now: {_said(one)}.")


def kind_of(level: ServiceLevel) -> str:
    name = "".join(sign for sign in level.property.lower() if sign.isalnum())
    return SHORT.get(name, name)


def _partner(was: ServiceLevel, left: Sequence[ServiceLevel]) -> ServiceLevel | None:
    """The same level in the other version: same property and element; of several, first by key, then by driver."""
    alike = [one for one in left if (kind_of(one), one.elements) == (kind_of(was), was.elements)]
    same = [one for one in alike if one.driver == was.driver] or alike
    return next((one for one in same if one.key == was.key), same[0] if same else None)


def _dropped(was: ServiceLevel) -> Change:
    if kind_of(was) in ENDS:
        return _change(was, Weight.COMPATIBLE, f"No end is named any more; it was {_said(was)}.")
    return _change(
        was, Weight.BREAKING, f"It is no longer promised; it was {_said(was)}.", "Nobody answers for it now."
    )


def _changed(was: ServiceLevel, now: ServiceLevel) -> Iterable[Change]:
    if (was.value, was.value_ext, was.unit) != (now.value, now.value_ext, now.unit):
        yield from _level(was, now)
    if (was.schedule, was.scheduler) != (now.schedule, now.scheduler):
        text = f"The schedule was {was.schedule or 'not said'}, is {now.schedule or 'not said'}."
        yield _change(now, Weight.NOTE, text)
    if was.description != now.description or was.driver != now.driver:
        yield _change(now, Weight.NOTE, "It is described otherwise.")


def _level(was: ServiceLevel, now: ServiceLevel) -> Iterable[Change]:
    text = f"It was {_said(was)}, is {_said(now)}."
    better = BETTER.get(kind_of(was))
    one, two = _measure(was, better), _measure(now, better)
    if kind_of(was) in RATES and was.unit.strip().lower() != now.unit.strip().lower():
        one = two = None
    if one is None or two is None:
        why = "It can't be told whether this is looser than before; consumers relied on what stood there."
        yield _change(now, Weight.BREAKING, text, why)
    elif one == two:
        yield _change(now, Weight.NOTE, f"{text} That is the same.")
    elif (two < one) == (better in (Better.LESS, Better.EARLIER, Better.SOONER_IN_THE_DAY)):
        yield _change(now, Weight.COMPATIBLE, text, "Nobody gets less than before.")
    else:
        yield _change(now, Weight.BREAKING, text, LOOSER[better or Better.LESS])


LOOSER = {
    Better.LESS: "Consumers wait longer, or get more faults.",
    Better.MORE: "Consumers get less than they planned with.",
    Better.EARLIER: "It comes later than consumers planned.",
    Better.LATER: "It ends sooner than consumers planned.",
    Better.SOONER_IN_THE_DAY: "The data come later in the day.",
}


def _measure(level: ServiceLevel, better: Better | None) -> float | None:
    """A number that can be held against that of another version; None where there is none."""
    if better in (Better.EARLIER, Better.LATER):
        return _instant(level.value)
    if better is Better.SOONER_IN_THE_DAY:
        return _clock(level.value)
    if better is None:
        return None
    if kind_of(level) in RATES:
        return _number(level.value)
    span, _ = read_span(level.value, level.unit)
    return None if span is None else span.months * MONTH + span.seconds


def _number(value: Scalar) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _instant(value: Scalar) -> float | None:
    """In seconds; a day without a time is its midnight in UTC, and so is an instant without an offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _clock(value: Scalar) -> float | None:
    """In seconds after midnight in UTC; before midnight there, the day before is meant, so it may be negative."""
    found = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    offset = (found[4] or "Z").replace(":", "")
    if offset == "Z":
        return float(seconds)
    sign = -1 if offset[0] == "-" else 1
    return float(seconds - sign * (int(offset[1:3]) * 3600 + int(offset[3:5]) * 60))


def _said(level: ServiceLevel) -> str:
    parts = [describe_scalar(level.value), level.unit]
    more = f" (and {describe_scalar(level.value_ext)})" if level.value_ext is not None else ""
    return " ".join(part for part in parts if part) + more


def _change(level: ServiceLevel, weight: Weight, text: str, why: str = "") -> Change:
    place = f"{level.property} of {', '.join(level.elements)}" if level.elements else level.property
    return Change("service levels", place, weight, text, why)
