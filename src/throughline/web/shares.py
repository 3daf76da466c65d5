"""Shares of output and pieces of feedback, made ready to be read on the model's page."""

from dataclasses import dataclass
from datetime import datetime

from throughline.core.dossier import Dossier
from throughline.core.feedback import TITLES, Triage, overdue
from throughline.core.outputs import Ask, OutputKind, Purpose
from throughline.queries import feedback as feedback_queries
from throughline.queries import outputs as queries
from throughline.queries.outputs import Share
from throughline.queries.rows import Feedback, MLModel

KIND_ICONS = {OutputKind.FILE: "file", OutputKind.LINK: "link", OutputKind.SAMPLE: "table"}
PURPOSES = {Purpose.DRAFT: "Draft", Purpose.ACCEPTANCE: "Acceptance"}
CAME_BY = {
    "web": "on this site",
    "link": "on their own page",
    "api": "by the API",
    "by_hand": "written down by the team",
}


@dataclass(frozen=True)
class AskLine:
    """One stakeholder who was asked, and where they stand."""

    ask: Ask
    status: str
    is_told: bool


@dataclass(frozen=True)
class ShareLine:
    share: Share
    icon: str
    purpose: str
    about: str
    asks: tuple[AskLine, ...]


@dataclass(frozen=True)
class FeedbackLine:
    row: Feedback
    status: str
    follows: str
    came_by: str
    overdue: str


def tab(model: MLModel, dossier: Dossier) -> dict[str, object]:
    """What the tab shows, as it was known at the dossier's instant."""
    at = dossier.at
    given = feedback_queries.feedback(model).filter(given_at__lte=at)
    lines = [feedback_line(row, at) for row in given[:200]]
    return {
        "shares": [share_line(share) for share in queries.shares_of(model, dossier.outputs)],
        "open_feedback": sorted(
            (line for line in lines if line.status != "closed"), key=lambda line: line.row.given_at
        ),
        "closed_feedback": [line for line in lines if line.status == "closed"],
    }


def share_line(share: Share) -> ShareLine:
    row, fact = share.row, share.fact
    about = f"release {row.release.name}" if row.release else "the prototype"
    return ShareLine(
        share,
        KIND_ICONS[fact.kind],
        PURPOSES[fact.purpose],
        f"{about}, {row.subject}" if row.subject else about,
        tuple(AskLine(ask, _status(share, ask), ask.stakeholder_id in fact.told) for ask in fact.asks),
    )


def _status(share: Share, ask: Ask) -> str:
    if ask.reply:
        return ask.reply.value if share.fact.holds(ask) else "void"
    return "asked" if share.is_open and not ask.is_ended else "unanswered"


def feedback_line(row: Feedback, at: datetime) -> FeedbackLine:
    """As it stood at an instant: what was said later is not there."""
    triage = row.triage if row.triaged_at is not None and row.triaged_at <= at else ""
    closed_at = row.closed_at if row.closed_at is not None and row.closed_at <= at else None
    status = "closed" if closed_at else "triaged" if triage else "new"
    return FeedbackLine(
        row,
        "declined" if triage == Triage.DECLINED and closed_at is None else status,
        TITLES[Triage(triage)] if triage else "",
        CAME_BY.get(row.came_by, row.came_by),
        overdue(row.given_at, triage, closed_at, at),
    )
