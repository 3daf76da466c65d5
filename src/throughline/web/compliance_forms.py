"""The forms of compliance reviews and their findings, and which of them somebody is offered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms

from throughline.core.compliance import CONCLUSION_TITLES, KINDS, Severity, why_may_not_settle
from throughline.core.permissions import may
from throughline.queries import access, portfolio
from throughline.queries import compliance as queries
from throughline.queries.rows import ComplianceFinding, ComplianceReview, MLModel
from throughline.web.compliance_lines import FindingLine, ReviewLine
from throughline.web.people_forms import Day
from throughline.web.routes import F, PageRequest, drafted, filled

KEEP, MANAGER = "Keep the one it is", "The program manager"


class ReviewerForm(forms.Form):
    reviewer = forms.TypedChoiceField(label="Reviewer", coerce=int, empty_value=None)
    scope = forms.CharField(
        label="What is to be looked at",
        required=False,
        help_text="Which data, use and parts; links to what the reviewer needs. Markdown is understood.",
        widget=drafted("compliance-scope", 4),
    )
    due_on = Day("Wanted by", help_text="Overdue reviews stand on Today.")


class AskReviewForm(ReviewerForm):
    kind = forms.ChoiceField(label="Kind", widget=forms.RadioSelect)
    release = forms.TypedChoiceField(label="What it is of", coerce=int, empty_value=None, required=False)
    renews = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("kind", "reviewer", "release", "scope", "due_on")


class ChangeReviewForm(ReviewerForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CloseReviewForm(forms.Form):
    conclusion = forms.ChoiceField(
        label="Conclusion",
        choices=[(key.value, title) for key, title in CONCLUSION_TITLES.items()],
        widget=forms.RadioSelect,
    )
    valid_until = Day("Valid through", help_text="The last day. Leave it empty when you refuse.")
    words = forms.CharField(
        label="Words",
        required=False,
        help_text="Needed for conditions and for a refusal: what has to be kept, what has to change.",
        widget=drafted("compliance-close", 4),
    )
    link = forms.CharField(label="Link", required=False, max_length=1000, help_text="To the report.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class WithdrawReviewForm(forms.Form):
    reason = forms.CharField(label="Why", widget=drafted("compliance-withdraw", 2))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RaiseForm(forms.Form):
    title = forms.CharField(label="What is wrong", max_length=200)
    severity = forms.ChoiceField(
        label="Severity",
        choices=[(one.value, one.value.capitalize()) for one in Severity],
        help_text="High and critical close the gate, and take two people to settle.",
    )
    detail = forms.CharField(
        label="Details", required=False, help_text="Markdown is understood.", widget=drafted("finding", 3)
    )
    owner = forms.TypedChoiceField(label="Who mends it", coerce=int, empty_value=None, required=False)
    due_on = Day("To be settled by")


class Versioned(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ResolveForm(Versioned):
    resolution = forms.CharField(label="What was done", widget=drafted("resolve", 3))
    link = forms.CharField(
        label="Link", required=False, max_length=1000, help_text="To the change, the page, the proof."
    )


class JudgeForm(Versioned):
    words = forms.CharField(
        label="Your words", required=False, help_text="Needed to return it.", widget=drafted("judge", 2)
    )


class AcceptForm(Versioned):
    reason = forms.CharField(
        label="Why this risk can be borne",
        help_text="It stands at the gate with your name.",
        widget=drafted("accept", 3),
    )


class ReopenForm(forms.Form):
    reason = forms.CharField(label="What was found", widget=drafted("reopen", 2))


class OwnerForm(Versioned):
    owner = forms.TypedChoiceField(label="Who mends it", coerce=int, empty_value=None)
    due_on = Day("To be settled by")


@dataclass(frozen=True)
class Workable:
    """A finding with the forms that this person may send."""

    line: FindingLine
    resolve: ResolveForm | None
    judge: JudgeForm | None
    accept: AcceptForm | None
    reopen: ReopenForm | None
    change: OwnerForm | None
    sent: str

    @property
    def is_typed(self) -> bool:
        """Whether one of its forms came back with what was typed."""
        return self.sent.endswith(f"-{self.line.row.number}")


def own_forms(request: PageRequest, row: ComplianceReview) -> dict[str, object]:
    """What this person may do with the review as it stands now."""
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    is_reviewer = row.reviewer_id == request.actor.person_id
    may_review = is_reviewer and may(request.actor, "compliance.review", **place)
    found: dict[str, object] = {"may_open": may_review and row.state == "asked"}
    if row.state in ("open", "closed") and (may_review or may_ask(request, row.model)):
        raising = own(request, RaiseForm, "raise", {"severity": "medium"})
        with_people(raising, "owner", request, row.model, first=MANAGER)
        found["raise_form"] = raising
    if may_review and row.state == "open":
        until = queries.today_of(row.model, request.now) + timedelta(days=KINDS[row.kind].days)
        found["close_form"] = own(
            request, CloseReviewForm, "close", {"valid_until": until, "version": row.version}
        )
    if may_ask(request, row.model) and row.state in queries.RUNNING:
        kept = {"reviewer": row.reviewer_id, "scope": row.scope, "due_on": row.due_on, "version": row.version}
        form = own(request, ChangeReviewForm, "change", kept)
        with_people(form, "reviewer", request, row.model, but=request.actor.person_id, keep=row.reviewer_id)
        found["change_form"] = form
        found["withdraw_form"] = own(request, WithdrawReviewForm, "withdraw", {"version": row.version})
    return found


def ask_form(request: PageRequest, row: MLModel) -> AskReviewForm:
    """Filled from the address: the kind that is asked for, or the review that is renewed."""
    kind, renews = request.GET.get("kind", ""), request.GET.get("renews", "")
    initial: dict[str, object] = {"kind": kind if kind in KINDS else "privacy"}
    if renews.isascii() and renews.isdecimal() and len(renews) < 19:
        old = queries.reviews_of(row).filter(pk=int(renews)).first()
        if old is not None:
            initial = {
                "kind": old.kind, "renews": old.pk, "scope": old.scope, "reviewer": old.reviewer_id,
                "release": old.release_id or "",
            }  # fmt: skip
    form = filled(request, AskReviewForm, initial)
    form.fields["kind"].choices = [(key, f"{one.title}: {one.asks}") for key, one in KINDS.items()]  # type: ignore[attr-defined]
    releases = [
        (one.pk, f"Release {one.name}: {one.subject or 'no version named yet'}") for one in _releases(row)
    ]
    form.fields["release"].choices = [("", "The model, whatever is released"), *releases]  # type: ignore[attr-defined]
    with_people(form, "reviewer", request, row, but=request.actor.person_id)
    return form


def _releases(row: MLModel) -> list[Any]:
    return list(portfolio.releases(row)[:20])


def own(request: PageRequest, form: type[F], name: str, initial: Mapping[str, object]) -> F:
    """One of many forms on a page: only the one that was sent shows what was typed, and each names its fields apart."""
    is_sent = request.typed is not None and request.typed.get("form") == name
    made = filled(request, form, initial) if is_sent else form(initial=dict(initial))
    made.auto_id = f"{name}_%s"
    for field in made.fields.values():
        if "data-draft" in field.widget.attrs:
            field.widget.attrs["data-draft"] = f"{name}-{request.path}"
    return made


def with_people(
    form: forms.Form,
    field: str,
    request: PageRequest,
    row: MLModel,
    *,
    but: int | None = None,
    keep: int | None = None,
    first: str = "Choose somebody",
) -> None:
    """Whoever works in the program and is known to the reader; `keep` stays whatever has become of them."""
    known = set(access.known_people(request.actor).values_list("pk", flat=True))
    near = [(one.pk, one.name) for one in queries.people_near(row) if one.pk in known]
    people = [one for one in near if one[0] != but or one[0] == keep]
    if keep is not None and keep not in dict(people):
        people.insert(0, (keep, KEEP))
    form.fields[field].choices = [("", first), *people]  # type: ignore[attr-defined]


def may_ask(request: PageRequest, row: MLModel) -> bool:
    return may(request.actor, "compliance.ask", program_id=row.program_id, model_id=row.pk)


def with_forms(request: PageRequest, row: ComplianceReview, shown: ReviewLine) -> list[Workable]:
    return [_workable(request, row, one) for one in shown.findings]


def _workable(request: PageRequest, review_row: ComplianceReview, line: FindingLine) -> Workable:
    row, place = line.row, {"program_id": review_row.model.program_id, "model_id": review_row.model_id}
    forms_of = dict(_offered(request, review_row, row, place))
    sent = request.typed.get("form", "") if request.typed is not None else ""
    return Workable(
        line=line,
        resolve=forms_of.get("resolve"),  # type: ignore[arg-type]
        judge=forms_of.get("judge"),  # type: ignore[arg-type]
        accept=forms_of.get("accept"),  # type: ignore[arg-type]
        reopen=forms_of.get("reopen"),  # type: ignore[arg-type]
        change=forms_of.get("change"),  # type: ignore[arg-type]
        sent=sent,
    )


def _offered(
    request: PageRequest, review_row: ComplianceReview, row: ComplianceFinding, place: dict[str, int]
) -> Iterator[tuple[str, forms.Form]]:
    """The forms by name; what would be refused anyway is not offered."""
    actor = request.actor
    is_reviewer = actor.person_id == review_row.reviewer_id
    is_of_team = may(actor, "compliance.ask", **place)
    is_other = not why_may_not_settle(
        actor.person_id, held_by=row.held_by, resolver_id=row.resolver_id, asker_id=review_row.asker_id
    )
    may_judge = is_other and may(actor, "compliance.review" if is_reviewer else "compliance.accept", **place)
    kept = {"version": row.version}
    if row.settled_at is not None:
        if (is_reviewer or is_of_team) and review_row.state != "withdrawn":
            yield "reopen", own(request, ReopenForm, f"reopen-{row.number}", {})
        return
    if (
        row.owner_id == actor.person_id
        and row.resolved_at is None
        and may(actor, "compliance.resolve", **place)
    ):
        yield "resolve", own(request, ResolveForm, f"resolve-{row.number}", kept)
    if may_judge and row.resolved_at is not None:
        yield "judge", own(request, JudgeForm, f"judge-{row.number}", kept)
    if is_other and may(actor, "compliance.accept", **place):
        yield "accept", own(request, AcceptForm, f"accept-{row.number}", kept)
    if is_of_team:
        form = own(
            request, OwnerForm, f"change-{row.number}", {**kept, "owner": row.owner_id, "due_on": row.due_on}
        )
        with_people(form, "owner", request, review_row.model, keep=row.owner_id)
        yield "change", form
