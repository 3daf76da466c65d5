"""Background work: jobs that are claimed by lease, and the chores that recur."""

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """`attempts` is the fencing token: a worker may finish only the attempt that it claimed."""

    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=20, default="ready")
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    dedupe = models.CharField(max_length=200, null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "job"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "dedupe"], condition=Q(state__in=["ready", "running"]), name="job_dedupe"
            ),
        )
        indexes = (models.Index(fields=["state", "run_at"], name="job_ready"),)


class Chore(models.Model):
    """When a recurring chore is next due; workers advance it by conditional update, so each tick fires once."""

    name = models.CharField(max_length=60, primary_key=True)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "chore"
