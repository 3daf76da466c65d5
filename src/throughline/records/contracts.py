"""Data contracts in the Open Data Contract Standard: versions, the agreement of both sides, and tests against data."""

from django.db import models
from django.db.models import Q


class DataContract(models.Model):
    """One agreement. `direction` is `provider` (a source, to the models that use it) or `output` (a model's output, to
    its consumers). `key` is the document's id. `server` names one of the document's servers, `location` overrides it;
    `schedule` is a cron expression in `time_zone`."""

    program = models.ForeignKey("records.Program", on_delete=models.CASCADE, related_name="contracts")
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    direction = models.CharField(max_length=20)
    source = models.ForeignKey(
        "records.DataSource", on_delete=models.PROTECT, null=True, related_name="contracts"
    )
    model = models.ForeignKey(
        "records.MLModel", on_delete=models.CASCADE, null=True, related_name="output_contracts"
    )
    server = models.CharField(max_length=200, blank=True)
    location = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    schedule = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    next_test_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "data_contract"
        constraints = (models.UniqueConstraint(fields=["program", "key"], name="data_contract_key"),)
        indexes = (models.Index(fields=["next_test_at"], name="data_contract_due"),)

    def __str__(self) -> str:
        return self.name


class ContractVersion(models.Model):
    """One version of the document, immutable. `text` is what was imported or written, `content` the same as data,
    `fingerprint` that of the content. `changes` is the comparison with the version before, `is_breaking` its verdict.
    `starts_on` and `ends_on` are the period that is proposed with it, in days of the program's time zone; in force from
    `in_force_from` until `in_force_until`, both instants; null until both sides agreed."""

    contract = models.ForeignKey("records.DataContract", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=60, blank=True)
    standard = models.CharField(max_length=20)
    text = models.TextField()
    content = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    changes = models.JSONField(default=list)
    is_breaking = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)
    publisher = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    in_force_from = models.DateTimeField(null=True)
    in_force_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "contract_version"
        constraints = (
            models.UniqueConstraint(fields=["contract", "number"], name="contract_version_number"),
        )


class ContractAnswer(models.Model):
    """One side agrees to a version or declines it. `side` is `provider` or `consumer`; a consumer of a source is a
    model, a consumer of an output is a stakeholder. `fingerprint` is that of the content that was seen."""

    version = models.ForeignKey("records.ContractVersion", on_delete=models.CASCADE, related_name="answers")
    side = models.CharField(max_length=20)
    model = models.ForeignKey("records.MLModel", on_delete=models.CASCADE, null=True, related_name="+")
    stakeholder = models.ForeignKey(
        "records.Stakeholder", on_delete=models.PROTECT, null=True, related_name="+"
    )
    person = models.ForeignKey("records.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    is_agreed = models.BooleanField()
    words = models.TextField(blank=True)
    link = models.CharField(max_length=1000, blank=True)
    fingerprint = models.CharField(max_length=64)
    answered_at = models.DateTimeField()

    class Meta:
        db_table = "contract_answer"
        indexes = (models.Index(fields=["version", "answered_at"], name="contract_answer_at"),)


class ContractTest(models.Model):
    """One execution of a version against data. `state` is waiting, running, done or stopped; `outcome` is empty until
    done, then passed, failed or unknown. `results` holds one entry for each rule. Appended, never changed once done."""

    contract = models.ForeignKey("records.DataContract", on_delete=models.CASCADE, related_name="tests")
    version = models.ForeignKey("records.ContractVersion", on_delete=models.CASCADE, related_name="tests")
    state = models.CharField(max_length=20, default="waiting")
    outcome = models.CharField(max_length=20, blank=True)
    trigger = models.CharField(max_length=20)
    engine = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=1000, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    tables_done = models.PositiveIntegerField(default=0)
    tables = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(null=True)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    results = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "contract_test"
        constraints = (
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(state__in=["waiting", "running"]),
                name="contract_test_one_open",
            ),
        )
        indexes = (models.Index(fields=["contract", "asked_at"], name="contract_test_at"),)
