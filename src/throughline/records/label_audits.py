"""Label audits: a sample of labelled items, labelled again by people, and what that says of the labels."""

from django.db import models


class LabelAudit(models.Model):
    """`labels` are those that may be chosen, in their order. `state` is draft, open, settling, closed or withdrawn.

    A draft holds the uploaded file, which is taken away once items are drawn from it: only its hash stays. `header`
    are the columns of the file, `columns` those that were chosen, `skipped` how many rows could not be drawn and why.
    `method` is simple or stratified; `seed` makes the draw repeatable, and `fingerprint` is that of the rows that it
    was drawn from. `maker` made the labels under audit, if that is known. `results` holds the figures as they stood at
    the close; `verdict` and `said` are what a gate reads of them, `sealed` their fingerprint.
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="label_audits")
    name = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    origin = models.CharField(max_length=1000, blank=True)
    attachment = models.ForeignKey(
        "records.Attachment", on_delete=models.SET_NULL, null=True, related_name="label_audits"
    )
    file_name = models.CharField(max_length=200, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    header = models.JSONField(default=list)
    maker = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    maker_name = models.CharField(max_length=200, blank=True)
    labels = models.JSONField(default=list)
    scale = models.CharField(max_length=20, default="nominal")
    columns = models.JSONField(default=dict)
    skipped = models.JSONField(default=dict)
    method = models.CharField(max_length=20, default="simple")
    seed = models.BigIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    least = models.PositiveIntegerField(default=0)
    population = models.PositiveIntegerField(default=0)
    strata = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    most_error = models.FloatField(null=True)
    least_agreement = models.FloatField(null=True)
    confidence = models.FloatField(default=0.975)
    lines_from = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default="draft")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    results = models.JSONField(default=dict)
    verdict = models.CharField(max_length=20, blank=True)
    said = models.TextField(blank=True)
    sealed = models.CharField(max_length=64, blank=True)
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
