"""Was the model reviewed by those who must, does what they said still hold, and is nothing grave left open?"""

from datetime import timedelta

from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    text,
    texts,
    unknown,
    unmet,
)
from throughline.core.compliance import (
    CONCLUSION_TITLES,
    KINDS,
    Conclusion,
    Review,
    ReviewFinding,
    Severity,
    counting,
    open_findings,
    review_of,
    running,
    title_of,
)
from throughline.core.dossier import Dossier

TURN = ("program_manager",)
HOLDS = (
    Parameter(
        "scope", "text", "model (the default): it holds for all releases; release: for the one reviewed"
    ),
    Parameter("max_age_days", "number", "the longest that a conclusion counts, whatever its reviewer said"),
)


@check(
    "compliance.privacy_closed",
    asks="Is the privacy review closed, does it still hold, and is no grave finding open?",
    why="It cannot be undone once people's data has been used.",
    remedy="Ask for a privacy review. Where no personal data is used, the reviewer says so.",
    turn=TURN,
    parameters=HOLDS,
)
def privacy_closed(dossier: Dossier, parameters: Parameters) -> Found:
    return _closed(dossier, "privacy", parameters)


@check(
    "compliance.review_closed",
    asks="Is the review closed, does it still hold, and is no grave finding open?",
    why="Whoever answers for the rules must have looked before it is used.",
    remedy="Ask for the review.",
    turn=TURN,
    parameters=(
        Parameter("kind", "text", f"which review: {', '.join(KINDS)}", is_required=True),
        *HOLDS,
    ),
)
def review_closed(dossier: Dossier, parameters: Parameters) -> Found:
    return _closed(dossier, text(parameters, "kind"), parameters)


@check(
    "compliance.no_open_findings",
    asks="Is no finding of a compliance review open that is too grave to go on with?",
    why="A finding that is known and not mended is worse than one that nobody saw.",
    remedy="Have each finding resolved and confirmed, or its risk accepted by an approver.",
    turn=TURN,
    parameters=(
        Parameter(
            "from", "text", "the least severity that counts: low, medium, high (the default) or critical"
        ),
        Parameter("kinds", "texts", f"of which reviews: {', '.join(KINDS)}; of all if left out"),
    ),
)
def no_open_findings(dossier: Dossier, parameters: Parameters) -> Found:
    wanted, kinds = text(parameters, "from", Severity.HIGH), texts(parameters, "kinds")
    if wanted not in list(Severity):
        return unknown(f"“{wanted}” is no severity.", "Mend the policy: low, medium, high or critical.")
    if strange := [kind for kind in kinds if kind not in KINDS]:
        return unknown(f"“{strange[0]}” is no kind of review.", f"Mend the policy: {', '.join(KINDS)}.")
    left = open_findings(dossier.compliance, kinds=kinds, at_least=Severity(wanted))
    if left:
        return unmet(_named(left))
    return met(f"Nothing of severity {wanted} or worse is open.")


def _closed(dossier: Dossier, kind: str, parameters: Parameters) -> Found:
    if kind not in KINDS:
        return unknown(f"“{kind}” is no kind of review.", f"Mend the policy: {', '.join(KINDS)}.")
    scope = text(parameters, "scope", "model")
    if scope not in ("model", "release"):
        return unknown(f"“{scope}” is no scope.", "Mend the policy: model or release.")
    what = review_of(kind)
    if left := open_findings(dossier.compliance, kinds=(kind,)):
        return unmet(_named(left), "Have them resolved and confirmed, or the risk accepted by an approver.")
    last = counting(dossier.compliance, kind)
    if last is None:
        return _under_way(dossier, kind) or unmet(f"No {what} has been closed.")
    if problem := _problem(dossier, last, what, scope, number(parameters, "max_age_days")):
        under_way = _under_way(dossier, kind)
        return unmet(problem, under_way.text if under_way else _again(last))
    return met(_said(last, what))


def _problem(dossier: Dossier, last: Review, what: str, scope: str, most_days: float | None) -> str:
    """Why the review that was closed last does not hold here and now; empty if it does."""
    closed_at, day = last.closed_at or last.asked_at, dossier.at.date()
    if not last.is_passed:
        return f"{last.reviewer} refused it on {closed_at:%Y-%m-%d}."
    if last.has_ended(day):
        return f"The {what} held until {last.valid_until:%Y-%m-%d}."
    if most_days is not None and dossier.at - closed_at > timedelta(days=most_days):
        return f"The {what} is of {closed_at:%Y-%m-%d}; the policy asks for one within {most_days:g} days."
    return _other_release(dossier, last, what) if scope == "release" else ""


def _other_release(dossier: Dossier, last: Review, what: str) -> str:
    release = dossier.release
    if release is None:
        return f"The policy asks for a {what} of the release, and none is planned."
    if last.release_id != release.id:
        return f"The {what} was not of release {release.name}."
    if last.subject != release.subject:
        was, now = last.subject or "no version", release.subject or "no version"
        return f"The {what} was of {was}, and release {release.name} is now {now}."
    return ""


def _under_way(dossier: Dossier, kind: str) -> Found | None:
    review = running(dossier.compliance, kind)
    if review is None:
        return None
    due = f", due {review.due_on:%Y-%m-%d}" if review.due_on else ""
    verb = "has been asked" if review.state == "asked" else "is at work"
    return unmet(f"{review.reviewer} {verb}{due}.", "Wait for the conclusion, or ask how it goes.")


def _again(last: Review) -> str:
    return (
        "Mend what was refused, then ask for a new review." if not last.is_passed else "Ask for its renewal."
    )


def _said(last: Review, what: str) -> str:
    title = CONCLUSION_TITLES[last.conclusion].lower()
    until = f", valid through {last.valid_until:%Y-%m-%d}" if last.valid_until else ""
    accepted = [one for one in last.findings if one.state == "accepted" and one.severity.is_grave]
    borne = "".join(f" {one.settled_by} accepted the risk of “{one.title}”." for one in accepted)
    left = len(last.open_findings) if last.conclusion is Conclusion.CONDITIONS else 0
    lesser = f" {left} lesser {'finding is' if left == 1 else 'findings are'} open." if left else ""
    by = f"{what[0].upper()}{what[1:]} by {last.reviewer}"
    return f"{by}: {title} on {last.closed_at:%Y-%m-%d}{until}.{borne}{lesser}"


def _named(left: tuple[tuple[Review, ReviewFinding], ...]) -> str:
    said = []
    for review, one in left[:3]:
        owner = f", {one.owner}" if one.owner else ""
        due = f", due {one.due_on:%Y-%m-%d}" if one.due_on else ""
        wait = "; resolved, waits to be confirmed" if one.is_claimed else ""
        said.append(f"{title_of(review.kind)}: “{one.title}” ({one.severity}{owner}{due}{wait}).")
    more = f" And {len(left) - 3} more." if len(left) > 3 else ""
    return f"Open: {' '.join(said)}{more}"
