"""The names of the rows that queries hand to the doors, so that a door can say in its types what it got."""

from throughline.records.access import Membership, Token
from throughline.records.activity import Activity
from throughline.records.connections import Connection, ModelLink
from throughline.records.evidence import Attachment, Evidence
from throughline.records.imports import ImportBatch, ImportMapping, ImportRow
from throughline.records.moves import Decision, Move, SignOff, Waiver
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release, Revision
from throughline.records.promises import Promise, Telling
from throughline.records.specs import ScopeChange, Spec, SpecComment
from throughline.records.stakeholders import Stakeholder
from throughline.records.views import SavedView

__all__ = [
    "Activity",
    "Assignment",
    "Attachment",
    "Connection",
    "Decision",
    "Evidence",
    "GapItem",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "MLModel",
    "Membership",
    "ModelLink",
    "Move",
    "Person",
    "Policy",
    "Program",
    "Promise",
    "Release",
    "Revision",
    "SavedView",
    "ScopeChange",
    "SignOff",
    "Spec",
    "SpecComment",
    "Stakeholder",
    "Telling",
    "Token",
    "Waiver",
]
