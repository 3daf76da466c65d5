"""Specifications are written section by section, submitted, commented on, approved by somebody else, and changed."""

from throughline.actions.specs.drafting import start_draft, submit_spec, write_section
from throughline.actions.specs.reviewing import approve_spec, comment_on_section, resolve_comment, return_spec
from throughline.actions.specs.scope import ask_scope_change, decide_scope_change, withdraw_scope_change

__all__ = [
    "approve_spec",
    "ask_scope_change",
    "comment_on_section",
    "decide_scope_change",
    "resolve_comment",
    "return_spec",
    "start_draft",
    "submit_spec",
    "withdraw_scope_change",
    "write_section",
]
