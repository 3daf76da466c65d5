"""Was it shown to those who must approve it, what did they say, and were they told what follows?"""

from throughline.core.checks.registry import Found, Parameters, check, met, unmet
from throughline.core.dossier import Dossier, ReleaseKind
from throughline.core.outputs import Ask, OutputState, Purpose, SharedOutput, line_of, newest

TURN = ("program_manager",)


@check(
    "outputs.draft_approved",
    asks="Has every approver who was asked seen a draft of the output and approved it?",
    why="Who sees real rows early says in a week what would otherwise be said after the launch.",
    remedy="Share a draft of the output with the approvers.",
    turn=TURN,
)
def draft_approved(dossier: Dossier, _: Parameters) -> Found:
    return _approved(dossier, Purpose.DRAFT, "draft")


@check(
    "outputs.accepted",
    asks="Has every approver who was asked accepted the output of this release?",
    why="Acceptance is of one release and of what was shown of it; another version is accepted anew.",
    remedy="Show the output of the release to the approvers and ask for acceptance.",
    turn=TURN,
)
def accepted(dossier: Dossier, _: Parameters) -> Found:
    if dossier.release is None:
        return unmet("No release is planned that could be accepted.", "Plan the release first.")
    return _approved(dossier, Purpose.ACCEPTANCE, "output for acceptance")


@check(
    "outputs.timeline_told",
    asks="Does everybody who was asked know the new timeline of what was returned?",
    why="Whoever returned something waits for it from then on, and plans with the old date until told.",
    remedy="Update the timeline of what was returned, and tell everybody who was asked.",
    turn=TURN,
)
def timeline_told(dossier: Dossier, _: Parameters) -> Found:
    returned = [one for one in _at_hand(dossier) if one.state is OutputState.RETURNED]
    owed = [one for one in returned if one.owes_timeline]
    if not returned:
        return met("Nothing that was shown came back.")
    if owed:
        return unmet(" ".join(_owed(one) for one in owed), _mend(owed[0]))
    return met(" ".join(f"“{one.title}”: {one.timeline_on:%Y-%m-%d}, told to all." for one in returned))


def _approved(dossier: Dossier, purpose: Purpose, what: str) -> Found:
    shown = newest(dossier.outputs, _line(dossier, purpose))
    if shown is None:
        return unmet(f"No {what} has been shown.")
    if why := _other_version(dossier, shown):
        return unmet(why, "Show the version that is released.")
    if shown.state is OutputState.RETURNED:
        said = " ".join(_said(ask) for ask in shown.returned)
        return unmet(f"“{shown.title}” was returned. {said}", _after_return(shown))
    if not shown.deciding:
        return unmet(f"“{shown.title}” was shown, but no approver was asked.", "Ask an approver.")
    if shown.awaited:
        names = ", ".join(ask.name for ask in shown.awaited)
        return unmet(f"“{shown.title}” waits for the answer of {names}.", "Ask them to look.")
    approved = "; ".join(f"{a.by} on {a.answered_at:%Y-%m-%d}" for a in shown.deciding)
    return met(f"“{shown.title}” was approved by {approved}.")


def _line(dossier: Dossier, purpose: Purpose) -> tuple[str, int | None]:
    release = dossier.release
    is_of_update = release is not None and release.kind is ReleaseKind.UPDATE
    return line_of(purpose, release.id if release else None, is_of_update=is_of_update)


def _at_hand(dossier: Dossier) -> list[SharedOutput]:
    lines = {_line(dossier, Purpose.DRAFT), _line(dossier, Purpose.ACCEPTANCE)}
    return [one for one in dossier.outputs if one.line in lines]


def _other_version(dossier: Dossier, shown: SharedOutput) -> str:
    release = dossier.release
    if release is None or shown.release_id != release.id or shown.subject == release.subject:
        return ""
    was, now = shown.subject or "no version", release.subject or "no version"
    return f"“{shown.title}” shows {was}, and release {release.name} is now {now}."


def _said(ask: Ask) -> str:
    return f"{ask.by or ask.name} on {ask.answered_at:%Y-%m-%d}: “{ask.words}”"


def _after_return(shown: SharedOutput) -> str:
    if shown.owes_timeline:
        return f"{_mend(shown)} Then share the next draft."
    return "Share the next draft with them."


def _owed(shown: SharedOutput) -> str:
    if shown.timeline_on is None:
        return f"“{shown.title}” was returned, and has no updated timeline."
    names = ", ".join(ask.name for ask in shown.untold)
    return f"“{shown.title}” is now expected on {shown.timeline_on:%Y-%m-%d}; not told: {names}."


def _mend(shown: SharedOutput) -> str:
    if shown.timeline_on is None:
        return "Update the timeline, and tell everybody who was asked."
    return f"Tell {', '.join(ask.name for ask in shown.untold)} the updated timeline."
