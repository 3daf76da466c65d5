"""Draft output that was shown to stakeholders, and what each of them answered."""

from django.db import models


class Output(models.Model):
    """Something shown: a file, a link, or a sample table. `fingerprint` is that of every byte that was shown.

    `subject` is what the release put into production when it was shown. `purpose` is `draft` or `acceptance`. After a
    return, `timeline_*` hold the updated timeline that has to be told.
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="outputs")
    release = models.ForeignKey(
        "records.Release", on_delete=models.PROTECT, null=True, related_name="outputs"
    )
    purpose = models.CharField(max_length=20, default="draft")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    attachment = models.ForeignKey(
        "records.Attachment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sample = models.JSONField(null=True)
    subject = models.CharField(max_length=300, blank=True)
    fingerprint = models.CharField(max_length=64)
    shared_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    sharer_name = models.CharField(max_length=200)
    shared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    timeline_on = models.DateField(null=True)
    timeline_note = models.TextField(blank=True)
    timeline_by = models.CharField(max_length=200, blank=True)
    timeline_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "output"
        indexes = (models.Index(fields=["model", "shared_at"], name="output_at"),)


class OutputAnswer(models.Model):
    """One stakeholder is asked, and approves or returns what they saw (`answer` is empty, approved or returned)."""

    output = models.ForeignKey("records.Output", on_delete=models.CASCADE, related_name="answers")
    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.PROTECT, related_name="outputs")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=20, blank=True)
    words = models.TextField(blank=True)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "output_answer"
        constraints = (models.UniqueConstraint(fields=["output", "stakeholder"], name="output_answer_once"),)
