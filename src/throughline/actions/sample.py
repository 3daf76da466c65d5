"""The invented people of a sample program come in, and the whole sample goes again."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from throughline.actions import activity
from throughline.adapters.files import path_of
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries.sample import BUILD, is_being_made, sample_people, sample_program
from throughline.records.access import PersonalLink
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.evidence import Attachment, Evidence
from throughline.records.feedback import Feedback
from throughline.records.jobs import Job
from throughline.records.moves import Answer, Decision, Move, SignOff, Waiver
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.planning import Direction, Feasibility, Learning
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release
from throughline.records.promises import Promise, PromiseAnswer, PromiseRecipient, Telling
from throughline.records.specs import ScopeChange, Spec, SpecAnswer
from throughline.records.stakeholders import Stakeholder


@activity.records_refusals("person.refused")
def add_sample_person(*, actor: Actor, name: str, now: datetime) -> Person:
    """Somebody invented, without an address and without a password: there is no way to sign in as them."""
    permissions.require(actor, "installation.administer")
    with transaction.atomic():
        person = Person(name=clean_line(name, field="name"), is_sample=True, created_at=now)
        person.set_unusable_password()
        person.save()
        activity.record(actor, "sample.person_added", now=now, body={"name": person.name})
    return person


@activity.records_refusals("sample.refused")
def request_sample(*, actor: Actor, now: datetime) -> None:
    """Puts the making of the sample program into the queue; whoever asks gets duties on some of its models."""
    permissions.require(actor, "installation.administer")
    if sample_program() is not None or is_being_made():
        raise Refused.of("The sample program is here already, or being made.")
    with transaction.atomic():
        Job.objects.create(
            kind=BUILD, payload={"person_id": actor.person_id}, dedupe="sample", run_at=now, created_at=now
        )
        activity.record(actor, "sample.requested", now=now)


@activity.records_refusals("sample.refused")
def remove_sample(*, actor: Actor, now: datetime) -> dict[str, int]:
    """Deletes the sample program with everything in it and its invented people. The activity log keeps its entries,
    because an entry taken out would break the chain for all that follow."""
    permissions.require(actor, "installation.administer")
    program = sample_program()
    if program is None:
        raise Refused.of("There is no sample program.")
    files = list(Attachment.objects.filter(model__program__is_sample=True).values_list("pk", flat=True))
    with transaction.atomic():
        gone = {
            "models": MLModel.objects.filter(program__is_sample=True).count(),
            "people": sample_people().count(),
        }
        for rows in _in_order():
            rows.delete()
        activity.record(actor, "sample.removed", now=now, body=dict(gone))
    for file_id in files:
        path_of(settings.ATTACHMENTS_DIR, file_id).unlink(missing_ok=True)
    return gone


def _in_order() -> list[QuerySet]:  # type: ignore[type-arg]
    """What others hold on to comes after them; rows that hang on one of these alone go with it."""
    of_sample = Q(model__program__is_sample=True)
    Program.objects.filter(is_sample=True).update(policy=None)
    MLModel.objects.filter(program__is_sample=True).update(policy=None)
    Finding.objects.filter(review__model__program__is_sample=True).update(reopens=None)
    ComplianceReview.objects.filter(of_sample).update(renews=None)
    return [
        Decision.objects.filter(of_sample),
        Answer.objects.filter(move__model__program__is_sample=True),
        Move.objects.filter(of_sample),
        Waiver.objects.filter(of_sample),
        SignOff.objects.filter(of_sample),
        Telling.objects.filter(of_sample),
        Feedback.objects.filter(of_sample),
        Finding.objects.filter(review__model__program__is_sample=True),
        ComplianceReview.objects.filter(of_sample),
        OutputAnswer.objects.filter(output__model__program__is_sample=True),
        Output.objects.filter(of_sample),
        PromiseAnswer.objects.filter(promise_version__promise__model__program__is_sample=True),
        PromiseRecipient.objects.filter(promise__model__program__is_sample=True),
        Promise.objects.filter(of_sample),
        ScopeChange.objects.filter(of_sample),
        SpecAnswer.objects.filter(spec__model__program__is_sample=True),
        Spec.objects.filter(of_sample),
        Stakeholder.objects.filter(of_sample),
        PersonalLink.objects.filter(Q(program__is_sample=True) | Q(person__is_sample=True)),
        Evidence.objects.filter(of_sample),
        Attachment.objects.filter(of_sample),
        Feasibility.objects.filter(of_sample),
        Direction.objects.filter(of_sample),
        Learning.objects.filter(of_sample),
        GapItem.objects.filter(program__is_sample=True),
        Assignment.objects.filter(program__is_sample=True, stands_in_for__isnull=False),
        Assignment.objects.filter(program__is_sample=True),
        Release.objects.filter(of_sample),
        Policy.objects.filter(program__is_sample=True),
        MLModel.objects.filter(program__is_sample=True),
        Program.objects.filter(is_sample=True),
        Job.objects.filter(kind=BUILD),
        Person.objects.filter(is_sample=True),
    ]
