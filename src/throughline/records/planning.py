"""Feasibility analyses, decisions about direction, and learnings; each new one is added, an old one never changed."""

from django.db import models


class Feasibility(models.Model):
    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="feasibilities")
    value = models.PositiveSmallIntegerField()
    feasibility = models.PositiveSmallIntegerField()
    data_readiness = models.PositiveSmallIntegerField()
    risk = models.PositiveSmallIntegerField()
    effort = models.PositiveSmallIntegerField()
    is_go = models.BooleanField()
    reason = models.TextField()
    by = models.CharField(max_length=200)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "feasibility"


class Direction(models.Model):
    """The explicit decision about a prototype that does not bear out its assumptions; appended, the newest counts.

    `choice` is one of continue, change, stop. `verdicts` holds what the criteria came to at that moment, and
    `fingerprint` is theirs, so that new measurements ask for a new decision.
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="directions")
    choice = models.CharField(max_length=20)
    reason = models.TextField()
    next_look_on = models.DateField(null=True)
    verdicts = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "direction"
        indexes = (models.Index(fields=["model", "at"], name="direction_at"),)


class Learning(models.Model):
    """What was learned from a stop, an incident, a deprecation or a success; appended."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="learnings")
    kind = models.CharField(max_length=20)
    text = models.TextField()
    by = models.CharField(max_length=200)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "learning"
