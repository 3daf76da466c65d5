"""Builds frozen shares of output and asks, with one working default each."""

from dataclasses import replace
from typing import Any

from tests.core.make_core import NOW, days
from throughline.core.outputs import APPROVER, Ask, OutputKind, Purpose, Reply, SharedOutput

SEEN = "f" * 64
NAMES = {1: "Lea", 2: "Stu", 3: "Uma", 4: "Ida"}


def ask(number: int, reply: Reply = Reply.NONE, **changes: Any) -> Ask:
    made = Ask(number, NAMES[number], APPROVER, asked_at=NOW - days(3))
    if reply:
        words = "The top ten are missing." if reply is Reply.RETURNED else ""
        made = replace(
            made, reply=reply, words=words, by=made.name, fingerprint=SEEN, answered_at=NOW - days(1)
        )
    return replace(made, **changes)


def shared(**changes: Any) -> SharedOutput:
    made = SharedOutput(
        id=80,
        purpose=Purpose.DRAFT,
        kind=OutputKind.LINK,
        title="Week 9",
        fingerprint=SEEN,
        release_id=None,
        is_of_update=False,
        subject="",
        shared_by="Pam",
        shared_at=NOW - days(3),
        asks=(ask(1), ask(2)),
    )
    return replace(made, **changes)
