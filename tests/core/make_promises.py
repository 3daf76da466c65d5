"""Builds promises and the facts they are compared with: one working default each, and only what matters is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

from throughline.core.drift_facts import Facts
from throughline.core.promises import (
    PlaceChange,
    Promise,
    PromiseAnswer,
    PromiseKind,
    PromiseState,
    PromiseVersion,
    Recipient,
)
from throughline.core.stages import MoveKind, Place, Stage, Standing

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = NOW.date() + timedelta(days=30)


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


def version(number: int = 1, **changes: Any) -> PromiseVersion:
    said = {"statement": "It is there by then.", "given_at": later(number - 1), "given_by": "Ana", **changes}
    return PromiseVersion(number=number, **said)


def recipient(stakeholder_id: int = 1, name: str = "Kim") -> Recipient:
    return Recipient(stakeholder_id, name, NOW, person_id=100 + stakeholder_id)


def answered(stakeholder_id: int, number: int, words: str = "") -> PromiseAnswer:
    return PromiseAnswer(stakeholder_id, number, not words, "Kim", words, NOW)


def promise(
    *versions: PromiseVersion,
    kind: PromiseKind = PromiseKind.PRODUCTION_DATE,
    to: tuple[Recipient, ...] = (recipient(),),
    **changes: Any,
) -> Promise:
    said = {"state": PromiseState.LIVE, "recipients": to, **changes}
    return Promise(id=7, kind=kind, versions=versions or (version(due_on=DUE),), **said)


def change(kind: MoveKind, stages: tuple[Stage, Stage], at: datetime, number: int = 1) -> PlaceChange:
    standing = {
        MoveKind.PAUSE: Standing.PAUSED,
        MoveKind.STOP: Standing.STOPPED,
        MoveKind.RETIRE: Standing.RETIRED,
    }
    return PlaceChange(number, kind, *stages, standing.get(kind, Standing.ACTIVE), at)


def facts(
    now: datetime = NOW,
    stage: Stage = Stage.PROTOTYPE,
    standing: Standing = Standing.ACTIVE,
    **more: Any,
) -> Facts:
    return Facts(now, Place(stage, standing), more.pop("stage_since", NOW - timedelta(days=9)), **more)
