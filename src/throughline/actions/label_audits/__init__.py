"""Label audits: begun with a file, drawn, handed to labellers who answer, settled where they disagree."""

from throughline.actions.label_audits.answering import (
    CANNOT_SAY,
    AnswerRow,
    Taken,
    answer_file,
    answer_item,
    answer_many,
    undo_answer,
)
from throughline.actions.label_audits.drawing import (
    DrawPlan,
    NewAudit,
    begin_audit,
    begin_audit_from,
    draw_items,
)
from throughline.actions.label_audits.running import end_labelling, invite_labeller, withdraw_audit
from throughline.actions.label_audits.settling import settle_item

__all__ = [
    "CANNOT_SAY",
    "AnswerRow",
    "DrawPlan",
    "NewAudit",
    "Taken",
    "answer_file",
    "answer_item",
    "answer_many",
    "begin_audit",
    "begin_audit_from",
    "draw_items",
    "end_labelling",
    "invite_labeller",
    "settle_item",
    "undo_answer",
    "withdraw_audit",
]
