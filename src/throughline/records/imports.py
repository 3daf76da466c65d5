"""Imports: each file as it came in, the account of its rows, and mappings kept for the next file."""

from django.db import models


class ImportMapping(models.Model):
    """A mapping under a name, for files of the same make."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="import_mappings")
    name = models.CharField(max_length=100)
    content = models.JSONField()
    saved_by = models.CharField(max_length=200)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "import_mapping"
        constraints = (models.UniqueConstraint(fields=["program", "name"], name="import_mapping_name"),)


class ImportBatch(models.Model):
    """One file on its way into a program. `state`: `previewed`, `imported`, `undone` or `discarded`."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="import_batches")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    source = models.JSONField()
    header = models.JSONField()
    named_width = models.PositiveIntegerField()
    mapping = models.JSONField()
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=20, default="previewed")
    person = models.ForeignKey("records.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    imported_by = models.CharField(max_length=200, blank=True)
    imported_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    undone_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "import_batch"
        indexes = (models.Index(fields=["program", "created_at"], name="import_batch_recent"),)

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of a file: its cells, and what became of it.

    `codes` lists the kinds of problem between bars; `before` holds the fields that an update replaced,
    `written_version` the version that this import gave the model, and `assignment` the duty that its owner got.
    """

    batch = models.ForeignKey("records.ImportBatch", on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    cells = models.JSONField()
    key = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    severity = models.CharField(max_length=10, blank=True)
    codes = models.CharField(max_length=500, blank=True)
    understood = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, blank=True)
    model = models.ForeignKey(
        "records.MLModel", on_delete=models.SET_NULL, null=True, related_name="import_rows"
    )
    before = models.JSONField(null=True)
    written_version = models.PositiveIntegerField(null=True)
    assignment = models.ForeignKey(
        "records.Assignment", on_delete=models.SET_NULL, null=True, related_name="import_rows"
    )

    class Meta:
        db_table = "import_row"
        constraints = (models.UniqueConstraint(fields=["batch", "number"], name="import_row_number"),)
        indexes = (models.Index(fields=["batch", "outcome"], name="import_row_outcome"),)
