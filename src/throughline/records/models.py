"""The face that Django looks for: every table, from the file of its noun."""

from throughline.records.access import (
    IdempotencyKey,
    Identity,
    Membership,
    PersonalLink,
    SignInAttempt,
    SignInLink,
    Token,
)
from throughline.records.activity import Activity, ChainHead
from throughline.records.assessments import Assessment
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.connections import Connection, HookReceipt, ModelLink
from throughline.records.contracts import ContractAnswer, ContractTest, ContractVersion, DataContract
from throughline.records.data_sources import (
    AccessRequest,
    DataSource,
    DataSourceChange,
    SourceFlow,
    SourceUse,
)
from throughline.records.evidence import Attachment, Evidence
from throughline.records.feedback import Feedback
from throughline.records.imports import ImportBatch, ImportMapping, ImportRow
from throughline.records.jobs import Chore, Job
from throughline.records.label_audits import LabelAnswer, LabelAudit, LabelItem, Labeller
from throughline.records.moves import Answer, Decision, Move, SignOff, Waiver
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.planning import Direction, Feasibility, Learning
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release, Revision
from throughline.records.promises import Promise, PromiseAnswer, PromiseRecipient, PromiseVersion, Telling
from throughline.records.specs import ScopeChange, Spec, SpecAnswer, SpecComment
from throughline.records.stakeholders import Contact, Stakeholder, StakeholderChange
from throughline.records.views import SavedView

__all__ = [
    "AccessRequest",
    "Activity",
    "Answer",
    "Assessment",
    "Assignment",
    "Attachment",
    "ChainHead",
    "Chore",
    "ComplianceReview",
    "Connection",
    "Contact",
    "ContractAnswer",
    "ContractTest",
    "ContractVersion",
    "DataContract",
    "DataSource",
    "DataSourceChange",
    "Decision",
    "Direction",
    "Evidence",
    "Feasibility",
    "Feedback",
    "Finding",
    "GapItem",
    "HookReceipt",
    "IdempotencyKey",
    "Identity",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "Job",
    "LabelAnswer",
    "LabelAudit",
    "LabelItem",
    "Labeller",
    "Learning",
    "MLModel",
    "Membership",
    "ModelLink",
    "Move",
    "Output",
    "OutputAnswer",
    "Person",
    "PersonalLink",
    "Policy",
    "Program",
    "Promise",
    "PromiseAnswer",
    "PromiseRecipient",
    "PromiseVersion",
    "Release",
    "Revision",
    "SavedView",
    "ScopeChange",
    "SignInAttempt",
    "SignInLink",
    "SignOff",
    "SourceFlow",
    "SourceUse",
    "Spec",
    "SpecAnswer",
    "SpecComment",
    "Stakeholder",
    "StakeholderChange",
    "Telling",
    "Token",
    "Waiver",
]
