"""One section of a draft as a form: saved while it is typed, by a button without scripts, never over others’ words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import specs as actions
from throughline.core.errors import Refused
from throughline.core.spec_content import Content, fields_of, rows_of, section_of
from throughline.core.spec_sections import CRITERIA, SECTIONS, Field, Section
from throughline.core.specs import SpecState
from throughline.queries import specs as queries
from throughline.queries.rows import MLModel, Spec
from throughline.web import criteria_rows, spec_conflicts, spec_rows
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, done, fragment, page, show
from throughline.web.specs import tab_of

Sent = Mapping[str, str]
# Tells the browser to keep its own draft of the words, although the answer is no refusal.
UNSAVED = {"X-Nothing-Saved": "yes"}


@dataclass(frozen=True)
class Entry:
    """One field as the template draws it; `table` is there for rows."""

    field: Field
    name: str
    value: str = ""
    error: str = ""
    table: spec_rows.Table | None = None

    @property
    def id(self) -> str:
        return "id_" + self.name.replace(".", "_")


@page("spec.write", at="model", activity="spec.section_written", methods=("GET", "POST"))
def edit(request: PageRequest, model_id: int, section: str) -> HttpResponse:
    row = changeable(request, model_id, "spec.write")
    chosen, draft = section_of(section), draft_of(row)
    if request.method == "POST":
        if spec_rows.is_rearranging(request.POST) or criteria_rows.is_rearranging(request.POST):
            return rearranged(request, row, draft, chosen)
        return saved(request, row, draft, chosen)
    return drawn(request, row, draft, chosen)


def draft_of(row: MLModel) -> Spec:
    draft = queries.in_work(row)
    if draft is None or draft.state != SpecState.DRAFT:
        what = (
            f"Version {draft.number} was submitted and can't be changed"
            if draft
            else "No version is being written"
        )
        raise Refused.of(f"{what}.", remedy="The tab “Spec” of the model says how to go on.")
    return draft


def saved(request: PageRequest, row: MLModel, draft: Spec, section: Section) -> HttpResponse:
    """After a button on to another page; after a pause in typing only a note that it is saved."""
    then = request.POST.get("then", "")
    is_by_itself = bool(request.htmx) and not then
    try:
        draft = actions.write_section(
            actor=request.actor,
            model_id=row.pk,
            section=section.key,
            content=typed(section, request.POST),
            expected_version=_version(request.POST.get("version", "")),
            now=request.now,
        )
    except Refused as refusal:
        if refusal.kind == "stale":
            raise spec_conflicts.laid_before(refusal, section, typed(section, request.POST)) from None
        if refusal.kind == "invalid" and is_by_itself:
            return _noted(request, draft, refusal)
        raise
    if is_by_itself:
        return _noted(request, draft, None)
    following = _following(section) if then == "next" else None
    url = (
        reverse("spec_edit", args=[row.pk, following.key])
        if following
        else f"{tab_of(row.pk)}#spec-{section.key}"
    )
    return done(request, url, f"“{section.title}” is saved.")


def rearranged(request: PageRequest, row: MLModel, draft: Spec, section: Section) -> HttpResponse:
    """The form once more with a row added or removed; nothing is saved by that."""
    request.typed, request.method = request.POST, "GET"
    response = drawn(request, row, draft, section)
    if request.htmx:
        for name, value in {
            "HX-Retarget": "#the-form",
            "HX-Reswap": "outerHTML",
            "HX-Reselect": "#the-form",
        }.items():
            response[name] = value
    response["X-Nothing-Saved"] = "yes"
    return response


def drawn(request: PageRequest, row: MLModel, draft: Spec, section: Section) -> HttpResponse:
    sent = request.typed
    refusal = request.refusal
    context: dict[str, Any] = {
        "model": row,
        "item": f"model:{row.pk}",
        "draft": draft,
        "section": section,
        "entries": entries(section, draft.content, sent, refusal),
        "version": sent.get("version", "") if sent else draft.version,
        "following": _following(section),
        "places": [(one, reverse("spec_edit", args=[row.pk, one.key])) for one in SECTIONS],
        "last": queries.last_writer(draft, section.key),
        "crumbs": crumbs(row, Crumb("Specification", tab_of(row.pk)), Crumb(section.title)),
        "back": f"{tab_of(row.pk)}#spec-{section.key}",
    }
    if section.key == CRITERIA:
        kept = criteria_rows.stored(draft.content.get(CRITERIA, []))
        context["rows"] = criteria_rows.rows(criteria_rows.typed(sent) if sent else kept, refusal)
    return show(request, "specs/edit.html", context)


def entries(section: Section, content: Content, sent: Sent | None, refusal: Refused | None) -> list[Entry]:
    errors = {reason.field: str(reason) for reason in refusal.reasons if reason.field} if refusal else {}
    return [_entry(section, field, content, sent, refusal, errors) for field in section.fields]


def typed(section: Section, sent: Sent) -> object:
    """The section's content as it was typed, for the core to read."""
    if section.key == CRITERIA:
        return criteria_rows.typed(sent)
    return {
        field.key: spec_rows.typed(section.key, field, sent)
        if field.kind.has_rows
        else sent.get(f"{section.key}.{field.key}", "")
        for field in section.fields
    }


def _entry(
    section: Section,
    field: Field,
    content: Content,
    sent: Sent | None,
    refusal: Refused | None,
    errors: Mapping[str, str],
) -> Entry:
    name = f"{section.key}.{field.key}"
    if field.kind.has_rows:
        stored = rows_of(content, section.key, field.key)
        rows = spec_rows.typed(section.key, field, sent) if sent is not None else stored
        blanks = spec_rows.more(field, sent) if sent is not None else spec_rows.BLANKS
        return Entry(field, name, table=spec_rows.table(section.key, field, rows, refusal, blanks=blanks))
    said = sent.get(name, "") if sent is not None else str(fields_of(content, section.key).get(field.key, ""))
    return Entry(field, name, said, errors.get(name, ""))


def _noted(request: PageRequest, draft: Spec, refusal: Refused | None) -> HttpResponse:
    response = fragment(request, "specs/saved.html", {"draft": draft, "refusal": refusal})
    if refusal is not None:
        for name, value in UNSAVED.items():
            response[name] = value
    return response


def _following(section: Section) -> Section | None:
    place = SECTIONS.index(section) + 1
    return SECTIONS[place] if place < len(SECTIONS) else None


def _version(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None
