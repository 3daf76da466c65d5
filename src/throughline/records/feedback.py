"""What stakeholders said about a model, what was done about it, and that they were told."""

from django.db import models


class Feedback(models.Model):
    """`triage` is empty, or one of spec_change, work_item, new_release, data_fix, declined. Closing tells the giver."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="feedback")
    stakeholder = models.ForeignKey(
        "records.Stakeholder", on_delete=models.PROTECT, null=True, related_name="feedback"
    )
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    giver_name = models.CharField(max_length=200)
    came_by = models.CharField(max_length=20)
    text = models.TextField()
    given_at = models.DateTimeField()
    triage = models.CharField(max_length=20, blank=True)
    triage_note = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    triaged_by = models.CharField(max_length=200, blank=True)
    triaged_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "feedback"
        indexes = (models.Index(fields=["model", "closed_at"], name="feedback_open"),)
