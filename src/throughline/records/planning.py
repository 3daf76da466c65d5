"""Feasibility analyses; a new one is added, an old one never changed."""

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
