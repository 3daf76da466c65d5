"""Did a person with the right role sign this off, is it still valid, and is it about what is there now?"""

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, text, texts, unmet
from throughline.core.dossier import Dossier, SignOff, touched
from throughline.core.people import DUTY_TITLES


@check(
    "signed.by_person",
    asks="Did a person with the right role sign this off?",
    why="What can't be computed is answered by a person who puts their name to it.",
    remedy="Sign off with a reason and a link or file.",
    parameters=(
        Parameter("check_id", "text", "the check that is signed", is_required=True),
        Parameter("by", "texts", "the roles of which one must sign", is_required=True),
        Parameter("covers", "texts", "the parts of the dossier that the sign-off rests on"),
    ),
)
def by_person(dossier: Dossier, parameters: Parameters) -> Found:
    by = texts(parameters, "by")
    roles = " or ".join(DUTY_TITLES[role].lower() for role in by)
    newest = _newest(dossier, text(parameters, "check_id"))
    if newest is None:
        return unmet(
            "Nobody has signed this off.", f"A {roles} signs off, with a reason and a link or file.", turn=by
        )
    return _judge(dossier, newest, by, texts(parameters, "covers"))


def _newest(dossier: Dossier, check_id: str) -> SignOff | None:
    found = [s for s in dossier.sign_offs if s.check_id == check_id and s.given_at <= dossier.at]
    return max(found, key=lambda s: (s.given_at, s.id), default=None)


def _judge(dossier: Dossier, sign_off: SignOff, by: tuple[str, ...], covers: tuple[str, ...]) -> Found:
    signed = f"{sign_off.name} signed on {sign_off.given_at:%Y-%m-%d}"
    again = "Look at it as it is now and sign again."
    if sign_off.void_at is not None and sign_off.void_at <= dossier.at:
        return unmet(
            f"{signed}; void since {sign_off.void_at:%Y-%m-%d}: {sign_off.void_reason}", again, turn=by
        )
    if sign_off.expires_at <= dossier.at:
        return unmet(f"{signed}; it expired on {sign_off.expires_at:%Y-%m-%d}.", again, turn=by)
    if lacking := sorted(set(covers) - set(sign_off.covers)):
        return unmet(f"{signed}, when the policy did not yet ask to look at: {', '.join(lacking)}.", again, turn=by)
    if changed := touched(sign_off, dossier):
        return unmet(f"{signed}; since then this changed: {', '.join(changed)}.", again, turn=by)
    if not set(by) & set(sign_off.roles):
        return unmet(f"{signed}, but not in a role that may.", again, turn=by)
    until = f"valid until {sign_off.expires_at:%Y-%m-%d}"
    return met(f"{signed}: {sign_off.reason} ({until})", sign_off=sign_off.id)
