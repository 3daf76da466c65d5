"""Quality assessments: the profile of a file or table as the engine measured it, and what a person made of it."""

from django.db import models


class Assessment(models.Model):
    """One profile, appended. `state` is waiting, running, done or stopped. `profile` holds the figures of the table and
    of each column. `judgement` is empty, accepted or rejected, by a person and with a reason."""

    source = models.ForeignKey("records.DataSource", on_delete=models.CASCADE, related_name="assessments")
    state = models.CharField(max_length=20, default="waiting")
    engine = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=1000, blank=True)
    location = models.JSONField(default=dict)
    table = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asker = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    columns_done = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(null=True)
    profile = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    judgement = models.CharField(max_length=20, blank=True)
    judged_at = models.DateTimeField(null=True)
    judged_by = models.CharField(max_length=200, blank=True)
    judge = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "assessment"
        indexes = (models.Index(fields=["source", "asked_at"], name="assessment_at"),)
