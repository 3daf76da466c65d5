"""The sample program: whether there is one, and what belongs to it."""

from django.db.models import QuerySet

from throughline.core.jobs import JobState
from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.records.portfolio import MLModel, Program

BUILD = "sample.build"


def sample_program() -> Program | None:
    return Program.objects.filter(is_sample=True).order_by("pk").first()


def sample_people() -> QuerySet[Person]:
    return Person.objects.filter(is_sample=True).order_by("pk")


def sample_size() -> dict[str, int]:
    """How much would be removed."""
    models = MLModel.objects.filter(program__is_sample=True)
    return {"models": models.count(), "people": sample_people().count()}


def first_administrator() -> Person | None:
    """Whoever set the installation up, as far as anybody has."""
    people = Person.objects.filter(is_admin=True, is_active=True, is_service=False, is_sample=False)
    return people.order_by("pk").first()


def has_programs() -> bool:
    return Program.objects.exists()


def is_being_made() -> bool:
    return Job.objects.filter(kind=BUILD, state__in=(JobState.READY, JobState.RUNNING)).exists()


def trouble() -> str:
    """Why the last attempt came to nothing; empty when it did not."""
    last = Job.objects.filter(kind=BUILD).order_by("-pk").first()
    return last.error if last is not None and last.state != JobState.DONE else ""
