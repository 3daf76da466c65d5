"""The face that Django looks for: every table, from the file of its noun."""

from throughline.records.access import IdempotencyKey, Identity, Membership, SignInAttempt, SignInLink, Token
from throughline.records.activity import Activity, ChainHead
from throughline.records.connections import Connection, HookReceipt, ModelLink
from throughline.records.evidence import Attachment, Evidence
from throughline.records.imports import ImportBatch, ImportMapping, ImportRow
from throughline.records.jobs import Chore, Job
from throughline.records.moves import Answer, Decision, Move, SignOff, Waiver
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.planning import Feasibility
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release, Revision
from throughline.records.views import SavedView

__all__ = [
    "Activity",
    "Answer",
    "Assignment",
    "Attachment",
    "ChainHead",
    "Chore",
    "Connection",
    "Decision",
    "Evidence",
    "Feasibility",
    "GapItem",
    "HookReceipt",
    "IdempotencyKey",
    "Identity",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "Job",
    "MLModel",
    "Membership",
    "ModelLink",
    "Move",
    "Person",
    "Policy",
    "Program",
    "Release",
    "Revision",
    "SavedView",
    "SignInAttempt",
    "SignInLink",
    "SignOff",
    "Token",
    "Waiver",
]
