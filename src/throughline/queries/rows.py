"""The names of the rows that queries hand to the doors, so that a door can say in its types what it got."""

from throughline.records.access import Membership, PersonalLink, Token
from throughline.records.activity import Activity
from throughline.records.assessments import Assessment
from throughline.records.compliance import ComplianceReview
from throughline.records.compliance import Finding as ComplianceFinding
from throughline.records.connections import Connection, ModelLink
from throughline.records.contracts import ContractTest, ContractVersion, DataContract
from throughline.records.data_sources import AccessRequest, DataSource, SourceFlow, SourceUse
from throughline.records.evidence import Attachment, Evidence
from throughline.records.feedback import Feedback
from throughline.records.imports import ImportBatch, ImportMapping, ImportRow
from throughline.records.label_audits import LabelAudit, LabelItem, Labeller
from throughline.records.moves import Decision, Move, SignOff, Waiver
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release, Revision
from throughline.records.promises import Promise, Telling
from throughline.records.specs import ScopeChange, Spec, SpecComment
from throughline.records.stakeholders import Contact, Stakeholder
from throughline.records.views import SavedView

__all__ = [
    "AccessRequest",
    "Activity",
    "Assessment",
    "Assignment",
    "Attachment",
    "ComplianceFinding",
    "ComplianceReview",
    "Connection",
    "Contact",
    "ContractTest",
    "ContractVersion",
    "DataContract",
    "DataSource",
    "Decision",
    "Evidence",
    "Feedback",
    "GapItem",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "LabelAudit",
    "LabelItem",
    "Labeller",
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
    "Release",
    "Revision",
    "SavedView",
    "ScopeChange",
    "SignOff",
    "SourceFlow",
    "SourceUse",
    "Spec",
    "SpecComment",
    "Stakeholder",
    "Telling",
    "Token",
    "Waiver",
]
