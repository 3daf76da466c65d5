"""Privacy and other compliance reviews of a model, and their findings."""

from django.db import models


class ComplianceReview(models.Model):
    """`state` is asked, open, closed or withdrawn; `conclusion` is empty until closed. `renews` is the review that this
    one renews. `valid_until` is a day; the review holds through it. `subject` is what the release put into production
    when the review was closed. Of a withdrawn review, `closed_at`, `closed_by` and `words` say when, who and why."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="compliance_reviews")
    release = models.ForeignKey("records.Release", on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    scope = models.TextField(blank=True)
    reviewer = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    reviewer_name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, default="asked")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asker = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    opened_at = models.DateTimeField(null=True)
    conclusion = models.CharField(max_length=20, blank=True)
    words = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True)
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renewals")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "compliance_review"
        indexes = (models.Index(fields=["model", "kind", "asked_at"], name="compliance_review_at"),)


class Finding(models.Model):
    """`severity` is low, medium, high or critical; `state` is open, resolved or accepted (the risk is borne).

    A resolution of a grave finding is claimed first (`resolved_*`) and settled by somebody else (`settled_*`).
    `held_by` has the ids of everybody who ever owned it. What is settled stays so: `reopens` is the finding that
    turned out not to be mended.
    """

    review = models.ForeignKey("records.ComplianceReview", on_delete=models.CASCADE, related_name="findings")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    severity = models.CharField(max_length=20)
    owner = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    owner_name = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=20, default="open")
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=200)
    reopens = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reopened")
    held_by = models.JSONField(default=list)
    resolver = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    resolved_by = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "compliance_finding"
        constraints = (
            models.UniqueConstraint(fields=["review", "number"], name="compliance_finding_number"),
        )
