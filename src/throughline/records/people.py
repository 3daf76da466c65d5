"""People, the duties they hold on models and programs, and gaps that were taken up."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


class PersonQueries(BaseUserManager["Person"]):
    """Looks people up by their e-mail address, as sign-in does."""


class Person(AbstractBaseUser):
    """A human being, or a service account (`is_service`), which never signs in by a page."""

    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    is_service = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=10, default="system")
    has_shortcuts = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonQueries] = PersonQueries()

    class Meta:
        db_table = "person"

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """One person, one duty, on one model (`model`) or on every model of a program (`model` is null).

    A delegation is an assignment of its own that names the assignment it stands in for.
    """

    # Its own index would lead to all duties of a program; the one below leads to those that are held for all of it.
    program = models.ForeignKey(
        "records.Program", on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    model = models.ForeignKey(
        "records.MLModel", on_delete=models.CASCADE, null=True, related_name="assignments"
    )
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="assignments")
    duty = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    stands_in_for = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="delegations")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)

    class Meta:
        db_table = "assignment"
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="assignment_forward",
            ),
            models.UniqueConstraint(
                fields=["program", "model", "person", "duty"],
                condition=Q(ends_at__isnull=True, model__isnull=False),
                name="assignment_once_on_model",
            ),
            models.UniqueConstraint(
                fields=["program", "person", "duty"],
                condition=Q(ends_at__isnull=True, model__isnull=True),
                name="assignment_once_on_program",
            ),
        )
        indexes = (
            models.Index(fields=["person", "ends_at"], name="assignment_person"),
            models.Index(fields=["program", "model"], name="assignment_place"),
        )


class GapItem(models.Model):
    """A gap in coverage that was taken up with leadership: somebody closes it by a date."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="gap_items")
    model = models.ForeignKey(
        "records.MLModel", on_delete=models.CASCADE, null=True, related_name="gap_items"
    )
    duty = models.CharField(max_length=40)
    owner = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="gap_items")
    due_on = models.DateField()
    note = models.TextField(blank=True)
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    outcome = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "gap_item"
        constraints = (
            models.UniqueConstraint(
                fields=["model", "duty"], condition=Q(closed_at__isnull=True), name="gap_item_once_open"
            ),
        )
