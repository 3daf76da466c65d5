"""What is demanded of a column's values in two versions: ranges, lengths, patterns, formats."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from throughline.core.contracts.changes import Change, Weight
from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.contracts.documents import Options

WIDER, NARROWER = "Values may come that were excluded before.", "Fewer values are possible than before."
# Names of the two ends of each range; an exclusive end counts as the end of the same range.
RANGES = (
    ("lowest value", "minimum", "exclusive_minimum", True),
    ("highest value", "maximum", "exclusive_maximum", False),
    ("shortest length", "min_length", "", True),
    ("greatest length", "max_length", "", False),
    ("smallest number of items", "min_items", "", True),
    ("greatest number of items", "max_items", "", False),
    ("smallest number of fields", "min_properties", "", True),
    ("greatest number of fields", "max_properties", "", False),
)
TEXTS = (("pattern", "pattern"), ("format", "format"), ("default_time_zone", "default time zone"))


def options(place: str, was: Options, now: Options) -> Iterable[Change]:
    for title, name, exclusive, is_low in RANGES:
        yield from _end(
            place, title, _bound(was, name, exclusive), _bound(now, name, exclusive), is_low=is_low
        )
    for name, title in TEXTS:
        yield from _text(place, title, getattr(was, name), getattr(now, name))
    yield from _step(place, was.multiple_of, now.multiple_of)
    yield from _rest(place, was, now)


Bound = tuple[Scalar, bool] | None


def _bound(given: Options, name: str, exclusive: str) -> Bound:
    """The end of a range, and whether it is itself outside."""
    if exclusive and (value := getattr(given, exclusive)) is not None:
        return value, True
    value = getattr(given, name)
    return None if value is None else (value, False)


def _end(place: str, title: str, was: Bound, now: Bound, *, is_low: bool) -> Iterable[Change]:
    if was == now:
        return
    if was is None or now is None:
        text = f"The {title} is {_said(now)} now." if now else f"The {title} was {_said(was)}, is open now."
        yield _weighed(place, text, is_wider=now is None)
        return
    text = f"The {title} was {_said(was)}, is {_said(now)}."
    yield _weighed(place, text, is_wider=_is_wider(was, now, is_low=is_low))


def _is_wider(was: tuple[Scalar, bool], now: tuple[Scalar, bool], *, is_low: bool) -> bool:
    """Whether the range reaches further; where the two can't be compared, it may."""
    one, two = _number(was[0]), _number(now[0])
    if one is None or two is None:
        if not (isinstance(was[0], str) and isinstance(now[0], str) and len(was[0]) == len(now[0])):
            return True
        return _reaches(was[0] > now[0], was[0] == now[0], was, now, is_low=is_low)
    return _reaches(one > two, one == two, was, now, is_low=is_low)


def _reaches(
    is_greater: bool, is_same: bool, was: tuple[Scalar, bool], now: tuple[Scalar, bool], *, is_low: bool
) -> bool:
    if is_same:
        return was[1] and not now[1]
    return is_greater if is_low else not is_greater


def _number(value: Scalar) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _text(place: str, title: str, was: str, now: str) -> Iterable[Change]:
    if was == now:
        return
    if not was:
        yield _weighed(place, f"A {title} is demanded now: {now[:80]}.", is_wider=False)
    elif not now:
        yield _weighed(place, f"The {title} {was[:80]} is no longer demanded.", is_wider=True)
    else:
        why = "Values of another form come than consumers expect."
        text = f"The {title} was {was[:80]}, is {now[:80]}."
        yield Change("columns", place, Weight.BREAKING, text, why)


def _step(place: str, was: float | None, now: float | None) -> Iterable[Change]:
    if was == now:
        return
    text = f"Multiples of {_plain(was)} were demanded, now of {_plain(now)}."
    is_kept = was is None or (now is not None and Decimal(str(now)) % Decimal(str(was)) == 0)
    yield _weighed(place, text, is_wider=not is_kept)


def _rest(place: str, was: Options, now: Options) -> Iterable[Change]:
    if was.unique_items != now.unique_items:
        text = (
            "Its items are different from each other now."
            if now.unique_items
            else "Its items may repeat now."
        )
        yield _weighed(place, text, is_wider=was.unique_items)
    if gone := [name for name in was.required_properties if name not in now.required_properties]:
        yield _weighed(place, f"Fields are no longer required: {', '.join(gone)}.", is_wider=True)
    if came := [name for name in now.required_properties if name not in was.required_properties]:
        yield _weighed(place, f"Fields are required now: {', '.join(came)}.", is_wider=False)
    if was.time_zone != now.time_zone or was.dimensions != now.dimensions:
        text = "Whether it carries a time zone, or how many dimensions it has, changed."
        why = "Readers that were made for the old form misread it."
        yield Change("columns", place, Weight.BREAKING, text, why)


def _weighed(place: str, text: str, *, is_wider: bool) -> Change:
    weight, why = (Weight.BREAKING, WIDER) if is_wider else (Weight.COMPATIBLE, NARROWER)
    return Change("columns", place, weight, text, why)


def _said(bound: Bound) -> str:
    if bound is None:
        return "open"
    return f"{describe_scalar(bound[0])}{' (itself outside)' if bound[1] else ''}"


def _plain(step: float | None) -> str:
    return "no number" if step is None else describe_scalar(step)
