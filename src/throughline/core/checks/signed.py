"""Did a person with the right role sign this off, is it still valid, and is it about what is there now?"""

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, text, texts, unmet
from throughline.core.dossier import Dossier, SignOff, of_question, touched
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
        Parameter("asks", "text", "the question that is answered"),
    ),
)
def by_person(dossier: Dossier, parameters: Parameters) -> Found:
    by = texts(parameters, "by")
    newest = _newest(dossier, text(parameters, "check_id"))
    if newest is None:
        roles = " or ".join([DUTY_TITLES[role].lower() for role in by])
        return unmet(
            "Nobody has signed this off.", f"A {roles} signs off, with a reason and a link or file.", turn=by
        )
    if why := _why_void(dossier, newest, text(parameters, "asks"), by, texts(parameters, "covers")):
        return unmet(f"{_signed(newest)}{why}", "Look at it as it is now and sign again.", turn=by)
    until = f"valid until {newest.expires_at:%Y-%m-%d}"
    return met(f"{_signed(newest)}: {newest.reason} ({until})", sign_off=newest.id)


def _newest(dossier: Dossier, check_id: str) -> SignOff | None:
    found = [s for s in dossier.sign_offs if s.check_id == check_id and s.given_at <= dossier.at]
    return max(found, key=lambda s: (s.given_at, s.id), default=None)


def _signed(sign_off: SignOff) -> str:
    return f"{sign_off.name} signed on {sign_off.given_at:%Y-%m-%d}"


def _why_void(
    dossier: Dossier, sign_off: SignOff, asks: str, by: tuple[str, ...], covers: tuple[str, ...]
) -> str:
    """Empty while the sign-off holds; otherwise how the sentence about it goes on."""
    if sign_off.void_at is not None and sign_off.void_at <= dossier.at:
        return f"; void since {sign_off.void_at:%Y-%m-%d}: {sign_off.void_reason}"
    if sign_off.expires_at <= dossier.at:
        return f"; it expired on {sign_off.expires_at:%Y-%m-%d}."
    if lacking := sorted(set(covers) - set(sign_off.covers)):
        return f", when the policy did not yet ask to look at: {', '.join(lacking)}."
    if changed := touched(sign_off, dossier):
        return f"; since then this changed: {', '.join(changed)}."
    if asks and sign_off.fingerprint != of_question(asks, sign_off.covered):
        return "; since then the question changed."
    return "" if set(by) & set(sign_off.roles) else ", but not in a role that may."
