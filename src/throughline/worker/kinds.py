"""The one list of what a worker can do: each kind of job with the function that does it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from throughline.actions import assessments, installation, jobs, sample, sign_in, tellings
from throughline.actions.evidence import collection, contract_tests
from throughline.core.text import Json
from throughline.queries.access import system_actor
from throughline.queries.assessments import ASSESS
from throughline.queries.sample import BUILD, sample_program

Payload = Mapping[str, Json]
Handler = Callable[[Payload, datetime], None]


def write_anchor(_: Payload, now: datetime) -> None:
    """Writes the head of the activity log down outside the database, where the installation says so."""
    if settings.AUDIT_ANCHOR_FILE is not None:
        installation.anchor(actor=system_actor("worker"), file=settings.AUDIT_ANCHOR_FILE, now=now)


def clear_expired(_: Payload, now: datetime) -> None:
    jobs.clear_expired(now=now)


def poll_connections(_: Payload, now: datetime) -> None:
    collection.enqueue_due(actor=system_actor("worker"), now=now)


def collect(payload: Payload, now: datetime) -> None:
    """Evidence of one connected tool, or of one registered model of it."""
    collection.collect(
        actor=system_actor("worker"),
        connection_id=int(str(payload["connection_id"])),
        remote_name=str(payload.get("remote_name", "")),
        now=now,
    )


def ask_for_due_tests(_: Payload, now: datetime) -> None:
    contract_tests.ask_due_tests(actor=system_actor("worker"), now=now)


def execute_contract(payload: Payload, now: datetime) -> None:
    """One contract against its data."""
    contract_tests.run_test(actor=system_actor("worker"), test_id=int(str(payload["test_id"])), now=now)


def build_sample(payload: Payload, now: datetime) -> None:
    """What an attempt that was killed left behind is removed first."""
    actor = system_actor("worker")
    if sample_program() is not None:
        sample.remove_sample(actor=actor, now=now)
    import_string(settings.SAMPLE_BUILDER)(actor=actor, person_id=payload.get("person_id"), now=now)


def send_telling(payload: Payload, now: datetime) -> None:
    """One mail to one stakeholder."""
    ids = payload["telling_ids"]
    assert isinstance(ids, list)
    tellings.send_telling(actor=system_actor("worker"), telling_ids=[int(str(one)) for one in ids], now=now)


def mail_link(payload: Payload, now: datetime) -> None:
    """One sign-in link to whoever has this address, if anybody does."""
    sign_in.mail_link(actor=system_actor("worker"), email=str(payload["email"]), now=now)


def assess(payload: Payload, now: datetime) -> None:
    """One assessment of data quality."""
    assessments.run_assessment(
        actor=system_actor("worker"), assessment_id=int(str(payload["assessment_id"])), now=now
    )


def give_up_lost_assessments(_: Payload, now: datetime) -> None:
    assessments.give_up_lost(actor=system_actor("worker"), now=now)


KINDS: dict[str, Handler] = {
    "connections.poll": poll_connections,
    collection.COLLECT: collect,
    "contracts.due": ask_for_due_tests,
    contract_tests.TEST: execute_contract,
    BUILD: build_sample,
    ASSESS: assess,
    "assessments.lost": give_up_lost_assessments,
    "log.anchor": write_anchor,
    "installation.clear": clear_expired,
    tellings.SEND: send_telling,
    sign_in.MAIL_LINK: mail_link,
}
# What reads large data; it runs beside the rest.
SLOW: frozenset[str] = frozenset({contract_tests.TEST, ASSESS})
