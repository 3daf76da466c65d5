"""Programs, their models, releases, and every revision of a model's record."""

from django.db import models
from django.db.models import Q


class Program(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    policy = models.ForeignKey("records.Policy", on_delete=models.PROTECT, null=True, related_name="+")
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "program"

    def __str__(self) -> str:
        return self.name


class MLModel(models.Model):
    """An ML model from idea to retirement. `kept` holds what an import could not place, as it was read.

    `facts` counts changes to anything that a dossier of the model reads, so that a decision can tell whether what it
    was taken on is still so.
    """

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=300)
    external_id = models.CharField(max_length=200, null=True)
    summary = models.TextField(blank=True)
    risk_tier = models.CharField(max_length=20, blank=True)
    scoring = models.CharField(max_length=20, blank=True)
    team = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=300, blank=True)
    tags = models.JSONField(default=list)
    dates = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    stage = models.CharField(max_length=20)
    standing = models.CharField(max_length=20)
    stage_since = models.DateTimeField()
    policy = models.ForeignKey("records.Policy", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    facts = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "ml_model"
        constraints = (
            models.UniqueConstraint(fields=["program", "external_id"], name="ml_model_external_id"),
        )
        indexes = (
            models.Index(fields=["program", "stage", "standing", "risk_tier"], name="ml_model_board"),
            models.Index(fields=["program", "team"], name="ml_model_team"),
            models.Index(fields=["program", "name"], name="ml_model_name"),
            models.Index(fields=["stage_since"], name="ml_model_stage_since"),
        )

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """One version of a model on its way to users."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="releases")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=300, blank=True)
    notes = models.TextField(blank=True)
    state = models.CharField(max_length=20, default="planned")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "release"
        constraints = (
            models.UniqueConstraint(fields=["model", "name"], name="release_name"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(state="planned"), name="release_one_planned"
            ),
        )


class Revision(models.Model):
    """A model's record as it stood from an instant on; append-only. `changed` maps a field to old and new."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    content = models.JSONField()
    changed = models.JSONField(default=dict)

    class Meta:
        db_table = "revision"
        constraints = (models.UniqueConstraint(fields=["model", "number"], name="revision_number"),)
        indexes = (models.Index(fields=["model", "at"], name="revision_at"),)
