"""A key for every row of a file, so that no two rows fall together and a later file finds the same models."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from throughline.core.imports.reading import RowReading


def distinct_keys(readings: Sequence[RowReading], fingerprints: Mapping[str, str]) -> list[str]:
    """A key per row. Rows that share one get a number behind it.

    A row imported before, as `fingerprints` per key tell, keeps the number it had, wherever it stands now.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, reading in enumerate(readings):
        if reading.base_key:
            groups[reading.base_key].append(place)
    keys = [""] * len(readings)
    taken: set[str] = set(groups)
    for base, places in groups.items():
        numbered = _numbered(base, len(places), taken)
        for place, key in _deal(places, numbered, readings, fingerprints):
            keys[place] = key
            if len(places) > 1:
                readings[place].report(
                    "shared_key",
                    "note",
                    "",
                    f"{len(places)} rows of the file share the key “{base}”; this one is “{key}”",
                )
    return keys


def _numbered(base: str, count: int, taken: set[str]) -> list[str]:
    keys, number = [base], 2
    while len(keys) < count:
        key = f"{base} #{number}"
        if key not in taken:
            keys.append(key)
            taken.add(key)
        number += 1
    return keys


def _deal(
    places: Sequence[int],
    keys: Sequence[str],
    readings: Sequence[RowReading],
    fingerprints: Mapping[str, str],
) -> list[tuple[int, str]]:
    if len(places) == 1:
        return [(places[0], keys[0])]
    free, waiting, dealt = list(keys), [], []
    by_fingerprint: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        if key in fingerprints:
            by_fingerprint[fingerprints[key]].append(key)
    for place in places:
        if same := by_fingerprint[readings[place].fingerprint]:
            free.remove(same[0])
            dealt.append((place, same.pop(0)))
        else:
            waiting.append(place)
    return [*dealt, *zip(waiting, free, strict=True)]
