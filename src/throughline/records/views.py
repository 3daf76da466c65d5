"""Saved views of the portfolio: a name and the query string of its address."""

from django.db import models


class SavedView(models.Model):
    owner = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="views")
    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, null=True, related_name="views")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000)
    is_shared = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "saved_view"
        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name"),)
