"""Promises by version, to whom they were given, what those answered, and who was told of what."""

from django.db import models


class Promise(models.Model):
    """A chain of versions. `state` is one of live, kept, withdrawn; what a live promise is worth is never stored."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="promises")
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=20, default="live")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "promise"
        indexes = (models.Index(fields=["model", "state"], name="promise_state"),)


class PromiseVersion(models.Model):
    """What was said, by whom and when; appended, never changed. `due_on` for dates, `value` for everything else.

    `criterion` names the success criterion that a promise about one rests on.
    """

    promise = models.ForeignKey("records.Promise", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    statement = models.TextField()
    due_on = models.DateField(null=True)
    value = models.JSONField(default=dict)
    criterion = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    given_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    giver_name = models.CharField(max_length=200)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "promise_version"
        constraints = (models.UniqueConstraint(fields=["promise", "number"], name="promise_version_number"),)


class PromiseRecipient(models.Model):
    promise = models.ForeignKey("records.Promise", on_delete=models.CASCADE, related_name="recipients")
    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.PROTECT, related_name="promises")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promise_recipient"
        constraints = (
            models.UniqueConstraint(fields=["promise", "stakeholder"], name="promise_recipient_once"),
        )


class PromiseAnswer(models.Model):
    """A recipient acknowledges one version, or disputes it in their words; appended, the newest counts."""

    promise_version = models.ForeignKey(
        "records.PromiseVersion", on_delete=models.CASCADE, related_name="answers"
    )
    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    is_acknowledgement = models.BooleanField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "promise_answer"


class Telling(models.Model):
    """One stakeholder was told of one thing, in these words; `cause` names what exactly, so a new turn of the same
    promise has to be told anew."""

    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, related_name="tellings")
    stakeholder = models.ForeignKey("records.Stakeholder", on_delete=models.PROTECT, related_name="tellings")
    cause = models.CharField(max_length=200)
    subject = models.CharField(max_length=300)
    words = models.TextField()
    how = models.CharField(max_length=20)
    told_by = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    teller_name = models.CharField(max_length=200)
    told_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "telling"
        constraints = (models.UniqueConstraint(fields=["stakeholder", "cause"], name="telling_once"),)
        indexes = (models.Index(fields=["model", "told_at"], name="telling_at"),)
