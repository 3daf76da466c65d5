"""Who has the business need or uses a model's output, and every recorded contact with them."""

from django.db import models
from django.db.models import Q


class Stakeholder(models.Model):
    """A person or a group with a part in one model. A group has a name, and a person who answers for it if known.

    `part` is one of sponsor, approver, user, informed; `influence` and `interest` go from 1 (little) to 5 (much).
    """

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="stakeholders")
    person = models.ForeignKey(
        "records.Person", on_delete=models.PROTECT, null=True, related_name="stakeholder_of"
    )
    name = models.CharField(max_length=200)
    is_group = models.BooleanField(default=False)
    business = models.CharField(max_length=300, blank=True)
    need = models.TextField(blank=True)
    part = models.CharField(max_length=20)
    influence = models.PositiveSmallIntegerField(default=3)
    interest = models.PositiveSmallIntegerField(default=3)
    cadence_days = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "stakeholder"
        constraints = (
            models.UniqueConstraint(
                fields=["model", "person"],
                condition=Q(ended_at__isnull=True, person__isnull=False, is_group=False),
                name="stakeholder_person_once",
            ),
        )
        indexes = (models.Index(fields=["person", "ended_at"], name="stakeholder_person"),)

    def __str__(self) -> str:
        return self.name


class StakeholderChange(models.Model):
    """What a stakeholder's record said until `until`; appended whenever it is changed, so that the past can be told."""

    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.CASCADE, related_name="changes")
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    is_group = models.BooleanField()
    business = models.CharField(max_length=300, blank=True)
    need = models.TextField(blank=True)
    part = models.CharField(max_length=20)
    influence = models.PositiveSmallIntegerField()
    interest = models.PositiveSmallIntegerField()
    cadence_days = models.PositiveIntegerField(null=True)
    until = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "stakeholder_change"
        indexes = (models.Index(fields=["stakeholder", "until"], name="stakeholder_change_until"),)


class Contact(models.Model):
    """One conversation, review or answered notice; appended, never changed."""

    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)

    class Meta:
        db_table = "contact"
        indexes = (models.Index(fields=["stakeholder", "at"], name="contact_at"),)
