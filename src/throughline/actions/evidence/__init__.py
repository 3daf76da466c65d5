"""Evidence comes in, attached by whoever brings it or collected from tools, and is withdrawn."""

from throughline.actions.evidence.attaching import NewEvidence, attach_evidence, withdraw_evidence
from throughline.actions.evidence.label_audits import close_audit

__all__ = ["NewEvidence", "attach_evidence", "close_audit", "withdraw_evidence"]
