"""Specifications by version: what is read, what reviewers said, and what gates know of them."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from throughline.core.errors import Missing
from throughline.core.specs import SpecFacts, SpecState, SpecVersion, version_facts
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.portfolio import MLModel
from throughline.records.specs import ScopeChange, Spec, SpecAnswer, SpecComment
from throughline.records.stakeholders import Stakeholder

IN_WORK = (SpecState.DRAFT, SpecState.SUBMITTED)
ONCE_APPROVED = (SpecState.APPROVED, SpecState.SUPERSEDED)
COLUMNS = ("model_id", "number", "fingerprint", "submitted_at", "settled_at", "said")


@dataclass(frozen=True)
class Writer:
    """Who last wrote a section, or submitted the version (then `section` is empty). `version` is the row's after it."""

    person_id: int | None
    name: str
    section: str
    at: datetime
    version: int


def specs(model: MLModel) -> QuerySet[Spec]:
    """Every version of a model's specification, the newest first."""
    return Spec.objects.filter(model=model).order_by("-number")


def spec_row(model: MLModel, number: int) -> Spec:
    row = specs(model).filter(number=number).first()
    if row is None:
        raise Missing("version of this specification")
    return row


def in_work(model: MLModel) -> Spec | None:
    """The version that is being written or waits for approval; there is one at most."""
    return specs(model).filter(state__in=IN_WORK).first()


def approved(model: MLModel) -> Spec | None:
    return specs(model).filter(state=SpecState.APPROVED).first()


def writers(spec: Spec) -> tuple[Writer, ...]:
    return tuple(
        Writer(
            one["person_id"], one["name"], one["section"], datetime.fromisoformat(one["at"]), one["version"]
        )
        for one in spec.writers
    )


def hands(spec: Spec) -> frozenset[int | None]:
    """All who began, wrote or submitted this version."""
    return frozenset({spec.author_id, *(writer.person_id for writer in writers(spec))} - {None})


def last_writer(spec: Spec, section: str) -> Writer | None:
    found = [writer for writer in writers(spec) if writer.section == section]
    return max(found, key=lambda writer: writer.version, default=None)


def comments(spec: Spec) -> QuerySet[SpecComment]:
    return SpecComment.objects.filter(spec=spec).order_by("at", "pk")


def comments_on_model(model: MLModel) -> QuerySet[SpecComment]:
    """On every version."""
    return SpecComment.objects.filter(spec__model=model).select_related("spec")


def comment_row(model: MLModel, comment_id: int) -> SpecComment:
    row = comments_on_model(model).filter(pk=comment_id).first()
    if row is None:
        raise Missing("comment")
    return row


def answers(spec: Spec) -> QuerySet[SpecAnswer]:
    return SpecAnswer.objects.filter(spec=spec).order_by("at", "pk")


def to_tell(model: MLModel) -> list[Stakeholder]:
    """Everybody who is to be told of a change of scope."""
    return list(Stakeholder.objects.filter(model=model, ended_at__isnull=True).order_by("part", "name", "pk"))


def scope_changes(model: MLModel) -> QuerySet[ScopeChange]:
    rows = ScopeChange.objects.filter(model=model).select_related("spec", "next_spec")
    return rows.order_by("-asked_at", "-pk")


def scope_change_row(model: MLModel, change_id: int) -> ScopeChange:
    row = scope_changes(model).filter(pk=change_id).first()
    if row is None:
        raise Missing("scope change")
    return row


@statement
def _versions() -> QuerySet[Spec, Any]:
    at = Parameter("at")
    settled = Q(state__in=ONCE_APPROVED, settled_at__lte=at)
    later = Spec.objects.filter(settled, model_id=OuterRef("model_id"), number__gt=OuterRef("number"))
    open_then = Q(started_at__lte=at) & (Q(settled_at__isnull=True) | Q(settled_at__gt=at))
    rows = Spec.objects.filter(Q(settled & ~Exists(later)) | open_then, among("model_id", "ids"))
    # As text, so that what a draft says is not even read.
    return rows.annotate(said=Cast("content", TextField())).values_list(*COLUMNS)


def _facts(rows: list[Any], at: datetime) -> dict[int, SpecFacts]:
    """By model id, as it stood at an instant. A version that was approved stays approved until a
    later one is; what a draft said at a past instant is not known, and at the present one it binds nobody."""
    found: dict[int, dict[str, SpecVersion]] = defaultdict(dict)
    for model_id, *columns in sorted(rows, key=itemgetter(1)):
        version = _version(*columns, at=at)
        found[model_id]["approved" if version.state is SpecState.APPROVED else "in_work"] = version
    return {model_id: SpecFacts(**versions) for model_id, versions in found.items()}


facts_of = Facts(_facts, _versions)


def _version(
    number: int,
    fingerprint: str,
    submitted_at: datetime | None,
    settled_at: datetime | None,
    said: str,
    *,
    at: datetime,
) -> SpecVersion:
    if settled_at is not None and settled_at <= at:
        return version_facts(
            number, SpecState.APPROVED, json.loads(said), fingerprint, submitted_at, settled_at
        )
    if submitted_at is not None and submitted_at <= at:
        return version_facts(number, SpecState.SUBMITTED, json.loads(said), fingerprint, submitted_at)
    return SpecVersion(number, SpecState.DRAFT)
