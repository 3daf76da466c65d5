"""Upstream data: each source once, the models that use it, what feeds it, and the access that was asked for."""

from django.db import models
from django.db.models import Q


class DataSource(models.Model):
    """One source of a program. `contacts` is a list of {name, email, role}; `refresh` is a cron expression in
    `time_zone`; `location` says where the data lies, as {kind, …} of the data engines."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="data_sources")
    external_id = models.CharField(max_length=200, null=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    provider = models.CharField(max_length=200, blank=True)
    contacts = models.JSONField(default=list)
    systems = models.CharField(max_length=500, blank=True)
    sensitivity = models.CharField(max_length=20, default="internal")
    refresh = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    automation = models.CharField(max_length=20, blank=True)
    is_supported = models.BooleanField(null=True)
    supported_until = models.DateField(null=True)
    location = models.JSONField(default=dict)
    owner = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "data_source"
        constraints = (
            models.UniqueConstraint(
                fields=["program", "name"], condition=Q(ended_at__isnull=True), name="data_source_name"
            ),
            models.UniqueConstraint(fields=["program", "external_id"], name="data_source_external"),
        )

    def __str__(self) -> str:
        return self.name


class DataSourceChange(models.Model):
    """What a source's record said until `until`; appended whenever it is changed, so that the past can be told."""

    source = models.ForeignKey("records.DataSource", on_delete=models.CASCADE, related_name="changes")
    content = models.JSONField()
    until = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "data_source_change"
        indexes = (models.Index(fields=["source", "until"], name="data_source_change_until"),)


class SourceUse(models.Model):
    """A model uses a source, from a stage on."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="source_uses")
    source = models.ForeignKey("records.DataSource", on_delete=models.CASCADE, related_name="uses")
    from_stage = models.CharField(max_length=20)
    purpose = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "source_use"
        constraints = (
            models.UniqueConstraint(
                fields=["model", "source"], condition=Q(ended_at__isnull=True), name="source_use_once"
            ),
        )


class SourceFlow(models.Model):
    """One source is made from another. `origin` is `hand`, or the tool that reported the lineage."""

    upstream = models.ForeignKey(
        "records.DataSource", on_delete=models.CASCADE, related_name="downstream_flows"
    )
    downstream = models.ForeignKey(
        "records.DataSource", on_delete=models.CASCADE, related_name="upstream_flows"
    )
    origin = models.CharField(max_length=60, default="hand")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "source_flow"
        constraints = (
            models.UniqueConstraint(
                fields=["upstream", "downstream"], condition=Q(ended_at__isnull=True), name="source_flow_once"
            ),
        )


class AccessRequest(models.Model):
    """Access to a source, asked for a model. `state` is asked, granted, refused, withdrawn or revoked."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="access_requests")
    source = models.ForeignKey("records.DataSource", on_delete=models.CASCADE, related_name="access_requests")
    needed_by = models.CharField(max_length=200)
    reason = models.TextField()
    sent_to = models.CharField(max_length=200)
    state = models.CharField(max_length=20, default="asked")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asker = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    granted_until = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "access_request"
        indexes = (models.Index(fields=["state", "due_on"], name="access_request_due"),)
