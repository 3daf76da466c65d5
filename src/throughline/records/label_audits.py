"""Label audits: a sample of labelled items, labelled again by people, and what that says of the labels."""

from django.db import models


class LabelAudit(models.Model):
    """`labels` are those that may be chosen. `method` is simple or stratified; `seed` makes the draw repeatable.
    `state` is open or closed. `results` holds the figures as they stood at the close."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="label_audits")
    name = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    labels = models.JSONField(default=list)
    origin = models.CharField(max_length=1000, blank=True)
    method = models.CharField(max_length=20)
    seed = models.BigIntegerField()
    population = models.PositiveIntegerField()
    strata = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    most_error = models.FloatField(null=True)
    least_agreement = models.FloatField(null=True)
    state = models.CharField(max_length=20, default="open")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    results = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "label_audit"


class LabelItem(models.Model):
    """One drawn item. `given` is the label under audit; `final` the label that people settled on."""

    audit = models.ForeignKey("records.LabelAudit", on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=300)
    shown = models.JSONField(default=dict)
    given = models.CharField(max_length=200)
    stratum = models.CharField(max_length=200, blank=True)
    final = models.CharField(max_length=200, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "label_item"
        constraints = (models.UniqueConstraint(fields=["audit", "number"], name="label_item_number"),)


class Labeller(models.Model):
    """A person who labels in an audit. `name` stands for people outside, whose answers come by CSV."""

    audit = models.ForeignKey("records.LabelAudit", on_delete=models.CASCADE, related_name="labellers")
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    invited_at = models.DateTimeField()
    invited_by = models.CharField(max_length=200)

    class Meta:
        db_table = "labeller"
        constraints = (models.UniqueConstraint(fields=["audit", "name"], name="labeller_once"),)


class LabelAnswer(models.Model):
    """What one labeller called one item; an empty label means that they could not say."""

    item = models.ForeignKey("records.LabelItem", on_delete=models.CASCADE, related_name="answers")
    labeller = models.ForeignKey("records.Labeller", on_delete=models.CASCADE, related_name="answers")
    label = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "label_answer"
        constraints = (models.UniqueConstraint(fields=["item", "labeller"], name="label_answer_once"),)
