"""Moves, the answers of deciders, decisions, sign-offs and waivers. Names and roles are copied into each."""

from django.db import models
from django.db.models import Q


class Move(models.Model):
    """A request to change stage or standing. One at a time is open on a model."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="moves")
    release = models.ForeignKey("records.Release", on_delete=models.PROTECT, null=True, related_name="moves")
    policy = models.ForeignKey("records.Policy", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    gate = models.CharField(max_length=60)
    from_stage = models.CharField(max_length=20)
    from_standing = models.CharField(max_length=20)
    to_stage = models.CharField(max_length=20)
    to_standing = models.CharField(max_length=20)
    reason = models.TextField()
    requested_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    requester_name = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=20, default="open")
    verdict = models.JSONField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "move"
        constraints = (
            models.UniqueConstraint(fields=["model"], condition=Q(state="open"), name="move_one_open"),
        )
        indexes = (models.Index(fields=["state", "requested_at"], name="move_open"),)


class Answer(models.Model):
    """One decider's answer, tied to the dossier that they saw."""

    move = models.ForeignKey("records.Move", on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    roles = models.JSONField()
    is_approval = models.BooleanField()
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "answer"


class Decision(models.Model):
    """What was decided, by whom, on which evidence, under which policy: written once."""

    move = models.OneToOneField("records.Move", on_delete=models.CASCADE, related_name="decision")
    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    from_place = models.CharField(max_length=60)
    to_place = models.CharField(max_length=60)
    requester_name = models.CharField(max_length=200)
    reason = models.TextField()
    decider_names = models.JSONField()
    answers = models.JSONField()
    policy_label = models.CharField(max_length=210)
    policy = models.ForeignKey("records.Policy", on_delete=models.PROTECT, related_name="+")
    dossier = models.JSONField()
    dossier_fingerprint = models.CharField(max_length=64)
    verdict = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "decision"
        indexes = (models.Index(fields=["model", "decided_at"], name="decision_at"),)


class SignOff(models.Model):
    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="sign_offs")
    release = models.ForeignKey("records.Release", on_delete=models.SET_NULL, null=True, related_name="+")
    check_id = models.CharField(max_length=200)
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    roles = models.JSONField()
    reason = models.TextField()
    link = models.CharField(max_length=1000, blank=True)
    attachment = models.ForeignKey(
        "records.Attachment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    covers = models.JSONField()
    covered = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    policy_label = models.CharField(max_length=210)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    void_at = models.DateTimeField(null=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        db_table = "sign_off"
        indexes = (models.Index(fields=["model", "check_id"], name="sign_off_check"),)


class Waiver(models.Model):
    """Asked for by one person, granted by another. `state`: asked, granted, declined, revoked."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="waivers")
    gate = models.CharField(max_length=60)
    check_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    reason = models.TextField()
    until = models.DateTimeField()
    asked_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    asker_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, default="asked")
    decided_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    decider_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    revoke_reason = models.TextField(blank=True)
    policy_label = models.CharField(max_length=210)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "waiver"
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(state="granted")
                | ~Q(decided_by=models.F("asked_by")),
                name="waiver_four_eyes",
            ),
        )
        indexes = (models.Index(fields=["model", "state"], name="waiver_state"),)
