"""Who may come in: memberships, sign-in links, attempts, tokens, and replies kept for repeated requests."""

from django.db import models
from django.db.models import Q


class Membership(models.Model):
    """An access role in a program, or on one model of it."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="memberships")
    model = models.ForeignKey(
        "records.MLModel", on_delete=models.CASCADE, null=True, related_name="memberships"
    )
    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20)
    granted_by = models.CharField(max_length=200)
    granted_at = models.DateTimeField()

    class Meta:
        db_table = "membership"
        constraints = (
            models.UniqueConstraint(
                fields=["program", "person", "role"],
                condition=Q(model__isnull=True),
                name="membership_program",
            ),
            models.UniqueConstraint(
                fields=["model", "person", "role"], condition=Q(model__isnull=False), name="membership_model"
            ),
        )


class SignInLink(models.Model):
    """A one-time link; only its hash is kept."""

    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="sign_in_links")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sign_in_link"


class SignInAttempt(models.Model):
    """A failed attempt, by account and by peer address, so that both can be slowed."""

    account = models.CharField(max_length=64)
    peer = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "sign_in_attempt"
        indexes = (
            models.Index(fields=["account", "at"], name="attempt_account"),
            models.Index(fields=["peer", "at"], name="attempt_peer"),
        )


class Token(models.Model):
    """A secret for programs: shown once, kept as a hash, with scopes and an end."""

    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="tokens")
    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, null=True, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "token"


class IdempotencyKey(models.Model):
    """The reply to a request that carried a key, kept so that its repetition gets the same one."""

    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    reply = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_key"
        constraints = (models.UniqueConstraint(fields=["person", "key"], name="idempotency_once"),)


class Identity(models.Model):
    """Who somebody is at an OpenID Connect provider: the pair of issuer and subject, never the e-mail address."""

    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        db_table = "identity"
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["person", "issuer"], name="identity_one_per_issuer"),
        )


class PersonalLink(models.Model):
    """Opens one stakeholder's own page without sign-in until it expires or is revoked; only its hash is kept."""

    person = models.ForeignKey("records.Person", on_delete=models.CASCADE, related_name="personal_links")
    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="personal_links")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "personal_link"
        indexes = (models.Index(fields=["person", "expires_at"], name="personal_link_person"),)
