"""Label audits: begun with a file, drawn, handed to labellers who answer, settled where they disagree."""

from throughline.actions.label_audits.answering import (
    AnswerRow,
    Taken,
    answer_item,
    answer_many,
    read_answers,
    undo_answer,
)
from throughline.actions.label_audits.drawing import DrawPlan, NewAudit, begin_audit, draw_items
from throughline.actions.label_audits.running import end_labelling, invite_labeller, withdraw_audit
from throughline.actions.label_audits.settling import settle_item

__all__ = [
    "AnswerRow",
    "DrawPlan",
    "NewAudit",
    "Taken",
    "answer_item",
    "answer_many",
    "begin_audit",
    "draw_items",
    "end_labelling",
    "invite_labeller",
    "read_answers",
    "settle_item",
    "undo_answer",
    "withdraw_audit",
]
