"""Tests of data contracts: those that ran, that run, and that are due."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from throughline.adapters.schedules import in_words, next_times
from throughline.adapters.sealing import SealBroken, unseal
from throughline.core.contracts.results import RuleResult, from_plain
from throughline.core.contracts.testing import OPEN, TestState, ordered
from throughline.core.errors import Missing, Refused
from throughline.core.permissions import Actor
from throughline.queries.connections import keys
from throughline.queries.contracts import contract_row, is_in_force
from throughline.records.contracts import ContractTest, ContractVersion, DataContract

MOST_LISTED = 20


@dataclass(frozen=True)
class ShownTest:
    """One test as a page shows it, whatever did not pass first."""

    row: ContractTest
    results: tuple[RuleResult, ...]

    @property
    def is_open(self) -> bool:
        return self.row.state in OPEN


def test_row(actor: Actor, test_id: int) -> ContractTest:
    """Missing where the contract may not be seen."""
    row = ContractTest.objects.select_related("contract", "version").filter(pk=test_id).first()
    if row is None:
        raise Missing("contract test")
    contract_row(actor, row.contract_id)
    return row


def shown(row: ContractTest) -> ShownTest:
    return ShownTest(row, tuple(ordered(from_plain(one) for one in row.results)))


def tests_of(contract: DataContract) -> QuerySet[ContractTest]:
    """The newest first, without what each rule came to."""
    return contract.tests.select_related("version").defer("results").order_by("-asked_at", "-pk")


def latest(contract: DataContract) -> ContractTest | None:
    return (
        contract.tests.select_related("version")
        .filter(state=TestState.DONE)
        .order_by("-asked_at", "-pk")
        .first()
    )


def open_test(contract: DataContract) -> ContractTest | None:
    return contract.tests.filter(state__in=OPEN).first()


def due(now: datetime) -> QuerySet[DataContract]:
    return DataContract.objects.filter(next_test_at__lte=now, ended_at__isnull=True).order_by(
        "next_test_at", "pk"
    )


def left_behind(before: datetime) -> QuerySet[ContractTest]:
    """Tests that were asked for so long ago that no worker can be at them any more."""
    return ContractTest.objects.filter(state__in=OPEN, asked_at__lt=before)


def version_to_test(contract: DataContract, now: datetime) -> ContractVersion:
    """The version in force, because that is what both sides agreed to; else the newest that was not withdrawn."""
    live = list(contract.versions.filter(withdrawn_at__isnull=True).order_by("-number"))
    if not live:
        raise Refused.of("This contract has no version to test.", remedy="Publish one.")
    return next((one for one in live if is_in_force(one, now)), live[0])


def secrets_of(contract: DataContract) -> dict[str, str]:
    """What signs in to the place, opened. Raises `Refused` where the installation's key was changed."""
    try:
        return unseal(contract.secrets, keys())
    except SealBroken as error:
        raise Refused.of(
            f"The credentials of {contract.name} cannot be read.",
            remedy="The installation's secret key was changed; enter the credentials again.",
        ) from error


def next_test(contract: DataContract, after: datetime) -> datetime | None:
    """None where no schedule is set."""
    return next(iter(next_times(contract.schedule, contract.time_zone, after=after, count=1)), None)


def schedule_in_words(contract: DataContract) -> str:
    return in_words(contract.schedule)
