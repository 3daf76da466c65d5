"""Connected tools, the models linked to them, and the webhook calls that were taken."""

from django.db import models


class Connection(models.Model):
    """One tool of a program. `secrets` is encrypted; `hook_token` is the unguessable part of its webhook address."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="connections")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    hook_token = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    interval_minutes = models.PositiveIntegerField(default=15)
    next_poll_at = models.DateTimeField()
    last_polled_at = models.DateTimeField(null=True)
    last_worked_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "connection"
        constraints = (models.UniqueConstraint(fields=["program", "name"], name="connection_name"),)
        indexes = (models.Index(fields=["is_active", "next_poll_at"], name="connection_due"),)

    def __str__(self) -> str:
        return self.name


class ModelLink(models.Model):
    """Which registered model of a tool is this model. An empty `alias` means the newest version."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="links")
    connection = models.ForeignKey("records.Connection", on_delete=models.CASCADE, related_name="links")
    remote_name = models.CharField(max_length=300)
    alias = models.CharField(max_length=200, blank=True)
    last_collected_at = models.DateTimeField(null=True)
    last_subject = models.CharField(max_length=300, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "model_link"
        constraints = (models.UniqueConstraint(fields=["model", "connection"], name="model_link_once"),)
        indexes = (models.Index(fields=["connection", "remote_name"], name="model_link_remote"),)


class HookReceipt(models.Model):
    """The id that a webhook call carried, so that the same call is not taken twice."""

    connection = models.ForeignKey("records.Connection", on_delete=models.CASCADE, related_name="receipts")
    delivery_id = models.CharField(max_length=100)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "hook_receipt"
        constraints = (
            models.UniqueConstraint(fields=["connection", "delivery_id"], name="hook_receipt_once"),
        )
        indexes = (models.Index(fields=["received_at"], name="hook_receipt_age"),)
