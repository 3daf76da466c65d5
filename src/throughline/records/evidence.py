"""Evidence and the files that belong to it; appended, never changed."""

import uuid

from django.db import models


class Evidence(models.Model):
    """One observed fact. `content_hash` tells a repetition from a new observation under the same source reference."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="evidence")
    release = models.ForeignKey(
        "records.Release", on_delete=models.SET_NULL, null=True, related_name="evidence"
    )
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    source = models.CharField(max_length=60)
    source_ref = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    value = models.FloatField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    summary = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    fingerprint = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    attachment = models.ForeignKey(
        "records.Attachment", on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    observed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "evidence"
        constraints = (models.UniqueConstraint(fields=["model", "content_hash"], name="evidence_once"),)
        indexes = (models.Index(fields=["model", "key", "observed_at"], name="evidence_key"),)


class Attachment(models.Model):
    """A stored file under an opaque id; the name is only a label."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField()

    class Meta:
        db_table = "attachment"
