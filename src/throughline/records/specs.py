"""Functional specifications by version, what reviewers said of them, and requests to change an approved one."""

from django.db import models
from django.db.models import Q


class Spec(models.Model):
    """One version. A draft is written section by section; once submitted, `content` never changes.

    `state` is one of draft, submitted, returned, approved, superseded. `content` maps sections to their fields;
    success criteria stand under `criteria` as a list. `writers` holds who last wrote which section, when, and as which
    version of the row; whoever submitted it stands there without a section.
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="specs")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, default="draft")
    content = models.JSONField(default=dict)
    writers = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "spec"
        constraints = (
            models.UniqueConstraint(fields=["model", "number"], name="spec_number"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(state__in=("draft", "submitted")), name="spec_one_in_work"
            ),
        )
        indexes = (models.Index(fields=["model", "state"], name="spec_state"),)


class SpecComment(models.Model):
    spec = models.ForeignKey("records.Spec", on_delete=models.CASCADE, related_name="comments")
    section = models.CharField(max_length=60)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "spec_comment"


class SpecAnswer(models.Model):
    """An approver's answer, tied to the content that they saw."""

    spec = models.ForeignKey("records.Spec", on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    roles = models.JSONField()
    is_approval = models.BooleanField()
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "spec_answer"


class ScopeChange(models.Model):
    """A request to change an approved spec: why, and what becomes of scope, dates and criteria.

    `state` is one of asked, approved, declined, withdrawn; an approved one begins the next version (`next_spec`).
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="scope_changes")
    spec = models.ForeignKey("records.Spec", on_delete=models.PROTECT, related_name="changes_asked")
    next_spec = models.ForeignKey(
        "records.Spec", on_delete=models.PROTECT, null=True, related_name="came_from"
    )
    reason_kind = models.CharField(max_length=30)
    reason = models.TextField()
    effect_on_scope = models.TextField(blank=True)
    effect_on_dates = models.TextField(blank=True)
    effect_on_criteria = models.TextField(blank=True)
    asked_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    asker_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, default="asked")
    decided_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    decider_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "scope_change"
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(state="approved")
                | ~Q(decided_by=models.F("asked_by")),
                name="scope_change_four_eyes",
            ),
        )
        indexes = (models.Index(fields=["model", "state"], name="scope_change_state"),)
