"""Sentences of the core as people read them: days with their month, parts of a record by name, no broken unit."""

import re
from datetime import date

from throughline.core.policy import Policy

PARTS = {
    "model": "the record of the model",
    "release": "the release",
    "people": "who holds which duty",
    "feasibility": "the feasibility analysis",
    "stakeholders": "the stakeholders",
    "spec": "the spec",
    "spec.waiting": "the spec that waits for approval",
    "direction": "the direction",
    "promises": "the promises",
    "outputs": "the outputs",
    "sources": "the data sources",
    "quality": "the quality of the data",
    "contracts": "the contracts",
    "compliance": "the compliance reviews",
}
_CHANGED = re.compile(r"([Tt]his changed(?: after it was signed)?: )([^ ]+(?:, [^ ]+)*?)(\.(?: |$))")
_DAY = re.compile(r"(?<![\w/.-])(\d{4})-(\d\d)-(\d\d)(?![\w/-])")
_UNIT = re.compile(r"(\d) %")


def readable(text: str) -> str:
    return _UNIT.sub("\\1\u00a0%", _DAY.sub(_day, _CHANGED.sub(_parts, text)))


def part(name: str) -> str:
    """A part of the dossier on which a sign-off rests; evidence by its key, or by a pattern of keys."""
    key = name.removeprefix("evidence.")
    return PARTS.get(name) or (f"evidence of any {key[:-2]}" if key.endswith(".*") else f"evidence of {key}")


def question(policy: Policy, check_id: str) -> str:
    """What a check asks under this policy; of one that the policy no longer has, its id in words."""
    check = policy.check(check_id)
    return check.asks if check and check.asks else spelled(check_id)


def spelled(check_id: str) -> str:
    area, _, rest = check_id.partition(".")
    return (f"{area}: {rest}" if rest else area).replace("_", " ").capitalize()


def _day(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return f"{day:%-d\u00a0%b\u00a0%Y}"


def _parts(found: re.Match[str]) -> str:
    return found[1] + ", ".join(part(name) for name in found[2].split(", ")) + found[3]
