"""Evidence comes in, attached by whoever brings it, collected from tools or made by testing, and is withdrawn."""

from throughline.actions.evidence.attaching import NewEvidence, attach_evidence, withdraw_evidence
from throughline.actions.evidence.collection import (
    attach_report,
    collect,
    enqueue_due,
    receive_hook,
    request_collection,
)
from throughline.actions.evidence.contract_tests import (
    ask_due_tests,
    request_test,
    run_test,
    set_up_tests,
    try_document,
)
from throughline.actions.evidence.label_audits import close_audit

__all__ = [
    "NewEvidence",
    "ask_due_tests",
    "attach_evidence",
    "attach_report",
    "close_audit",
    "collect",
    "enqueue_due",
    "receive_hook",
    "request_collection",
    "request_test",
    "run_test",
    "set_up_tests",
    "try_document",
    "withdraw_evidence",
]
