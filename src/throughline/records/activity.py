"""The append-only log, and the head of its hash chain."""

from django.db import models


class Activity(models.Model):
    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    person = models.ForeignKey("records.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    door = models.CharField(max_length=20)
    verb = models.CharField(max_length=60)
    program_id = models.BigIntegerField(null=True)
    model_id = models.BigIntegerField(null=True)
    body = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "activity"
        indexes = (
            models.Index(fields=["model_id", "seq"], name="activity_model"),
            models.Index(fields=["program_id", "seq"], name="activity_program"),
            models.Index(fields=["verb", "seq"], name="activity_verb"),
        )


class ChainHead(models.Model):
    """One row: the last entry's number and hash. Writers queue on it, so the chain has no forks."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "chain_head"
