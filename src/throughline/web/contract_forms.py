"""What may be done on the page of a contract, by whoever looks at it: the forms for answering and changing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms

from throughline.core.contracts.agreements import (
    Direction,
    Given,
    Party,
    Side,
    Version,
    VersionState,
    why_may_not_answer,
)
from throughline.core.permissions import may
from throughline.queries import contracts as queries
from throughline.queries.contract_seats import Seat, seat_of
from throughline.queries.rows import DataContract
from throughline.web.outputs import part
from throughline.web.routes import PageRequest, drafted


class AnswerForm(forms.Form):
    party = forms.ChoiceField(label="For whom")
    words = forms.CharField(
        label="Your words",
        required=False,
        help_text="Needed when you decline, and for somebody outside.",
        widget=drafted("contract-answer", 3),
    )
    on_behalf_of = forms.CharField(
        label="Said by",
        max_length=200,
        required=False,
        help_text="Who agreed, when you record it for somebody outside.",
    )
    link = forms.CharField(
        label="Where they said it",
        max_length=1000,
        required=False,
        help_text="A link to the mail, ticket or minutes.",
    )
    number = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)


class PeriodForm(forms.Form):
    starts_on = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Left empty: as soon as both sides agreed.",
    )  # fmt: skip
    ends_on = forms.DateField(
        label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Left empty: until the next version.",
    )  # fmt: skip
    number = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", widget=drafted("contract-reason", 3))
    number = forms.IntegerField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True)
class Seated:
    """One party with its answer to the version that is shown."""

    party: Party
    title: str
    given: Given | None


def key_of(party: Party) -> str:
    return f"{party.side}-{party.id or ''}".removesuffix("-")


def seats(row: DataContract, parties: Iterable[Party], version: Version) -> list[Seated]:
    titles = {
        Side.PROVIDER: "Provider",
        Side.CONSUMER: "Consumer" if row.direction == Direction.OUTPUT else "Model",
    }
    return [Seated(one, titles[one.side], version.answer_of(one.side, one.id)) for one in parties]


def forms_for(
    request: PageRequest,
    row: DataContract,
    parties: Sequence[Party],
    version: Version,
    state: VersionState,
    *,
    may_change: bool,
) -> dict[str, object]:
    """What this person may do with the version that is shown."""
    found: dict[str, object] = {}
    if row.ended_at is not None:
        return found
    is_open = state in (VersionState.WAITING, VersionState.DECLINED)
    is_asked = is_open or state in (VersionState.IN_FORCE, VersionState.AGREED)
    if is_asked and (form := _answer_form(request, row, parties, version)):
        found["answer_form"] = form
    elif is_open:
        found["why_no_answer"] = _why_no_answer(request, row, parties, version)
    if may_change:
        if is_open:
            initial = {"starts_on": version.starts_on, "ends_on": version.ends_on, "number": version.number}
            found["period_form"] = part(request, PeriodForm, "period", initial)
            found["withdraw_form"] = part(request, ReasonForm, "withdraw", {"number": version.number})
        found["end_form"] = part(request, ReasonForm, "end", {})
    return found


def _why_no_answer(
    request: PageRequest, row: DataContract, parties: Sequence[Party], version: Version
) -> list[str]:
    """For each side that is awaited, why this person is not who answers; each reason once."""
    person_id = request.actor.person_id or 0
    reasons = (
        seat_of(request.actor, row, party).why_not or why_may_not_answer(version, party.side, person_id)
        for party in parties
        if version.answer_of(party.side, party.id) is None
    )
    return list(dict.fromkeys(reason for reason in reasons if reason))


def _answer_form(
    request: PageRequest, row: DataContract, parties: Sequence[Party], version: Version
) -> AnswerForm | None:
    """For those who have not agreed and for whom this person may speak."""
    if not may(request.actor, "contract.answer", **queries.place_for(request.actor, "contract.answer", row)):
        return None
    mine = {one.person_id: one.side for one in version.answers if one.person_id == request.actor.person_id}
    side = mine.get(request.actor.person_id)
    free: list[tuple[Party, Seat]] = []
    for party in parties:
        given = version.answer_of(party.side, party.id)
        seat = seat_of(request.actor, row, party)
        is_free = given is None or (not given.is_agreed and version.in_force_from is None)
        if is_free and not seat.why_not and side in (None, party.side):
            free.append((party, seat))
    if not free:
        return None
    form = part(request, AnswerForm, "answer", {"number": version.number, "seen": version.seen})
    form.fields["party"].choices = [(key_of(one), _titled(one, seat)) for one, seat in free]  # type: ignore[attr-defined]
    if not any(seat.is_outside for _, seat in free):
        del form.fields["on_behalf_of"], form.fields["link"]
    return form


def _titled(party: Party, seat: Seat) -> str:
    return f"{party.name} (you record it)" if seat.needs_name else party.name
