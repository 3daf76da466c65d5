"""Published policies: the text as it was given, and never changed again."""

from django.db import models


class Policy(models.Model):
    """`content` is what the YAML in `source` says, read once."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="policies")
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    source = models.TextField()
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        db_table = "policy"
        constraints = (models.UniqueConstraint(fields=["program", "name", "label"], name="policy_version"),)
