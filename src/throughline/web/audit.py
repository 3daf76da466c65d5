"""The activity log: read with filters, looked into, verified, and taken away by auditors."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from throughline.core.bundles import in_export
from throughline.core.errors import Refused
from throughline.core.text import clean_line
from throughline.queries import audit as queries
from throughline.queries.activity import Entry, head
from throughline.queries.portfolio import model_row, programs
from throughline.queries.rows import Activity
from throughline.web import audit_words as words
from throughline.web.exports import safe
from throughline.web.routes import Crumb, PageRequest, fragment, page, show
from throughline.web.sentences import spelled

SIZE = 50
HEADS = ("Entry", "Time (UTC)", "Who", "Door", "What", "Program", "Model", "Content", "Hash")
NAMES = ("program", "person", "verb", "door", "since", "until", "model", "removed")


@page("audit.view", at="program")
def audit(request: PageRequest) -> HttpResponse:
    filters = read_filters(request.GET, request.zone)
    rows = queries.filtered(request.actor, filters)
    found = queries.page_of(
        rows, size=SIZE, before=_number(request.GET, "before"), after=_number(request.GET, "after")
    )
    seq, digest = head()
    context = {
        "entries": list(told(found.rows)),
        "filters": filters,
        "pills": list(_pills(request.GET, filters)),
        "verbs": [(verb, words.verb_words(verb)) for verb in queries.verbs(request.actor)],
        "nouns": sorted({verb.partition(".")[0] for verb in queries.verbs(request.actor)}),
        "doors": [(door, words.DOORS[door]) for door in queries.DOORS],
        "programs": list(programs(request.actor)),
        "older": _link(request.GET, before=found.older),
        "newer": _link(request.GET, after=found.newer),
        "head": seq,
        "digest": digest,
        "csv": f"{reverse('audit_csv')}?{_kept(request.GET)}",
        "model": model_row(request.actor, filters.model_id) if filters.model_id else None,
    }
    return show(request, "audit/page.html", context, part="log")


@page("audit.view", at="program")
def entry(request: PageRequest, seq: int) -> HttpResponse:
    row = queries.entry_row(request.actor, seq)
    context = {
        "entry": next(told((row,))),
        "row": row,
        "changes": list(words.changes_of(row.body)),
        "rest": list(words.rest_of(row.body)),
        "sealed": json.dumps(row.body, indent=2, ensure_ascii=False, sort_keys=True),
        "crumbs": [Crumb("Audit", reverse("audit")), Crumb(f"Entry {seq}")],
    }
    return show(request, "audit/entry.html", context)


@page("audit.view", at="program")
def verify(request: PageRequest) -> HttpResponse:
    """Walks the whole log, which takes a moment when it is long."""
    chain, anchors = queries.verified(request.actor, settings.AUDIT_ANCHOR_FILE)
    context = {
        "chain": chain,
        "anchors": anchors,
        "anchor": queries.last_anchor(settings.AUDIT_ANCHOR_FILE),
        "has_anchor_file": settings.AUDIT_ANCHOR_FILE is not None,
        "crumbs": [Crumb("Audit", reverse("audit")), Crumb("Verified")],
    }
    if request.htmx:
        return fragment(request, "audit/verified.html", context)
    return show(request, "audit/verify.html", context)


@page("audit.view", at="model")
def export_model(request: PageRequest, model_id: int) -> HttpResponseBase:
    """One object per line, for `throughline audit verify`: this model's entries whole, of all others the hashes."""
    model = model_row(request.actor, model_id)
    chain = queries.chain_of_model(request.actor, model)
    response = StreamingHttpResponse(_lines(chain), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="activity-model-{model_id}.ndjson"'
    response["Cache-Control"] = "no-store"
    return response


@page("audit.view", at="program")
def export_csv(request: PageRequest) -> HttpResponseBase:
    """What the filters show, all pages of it, oldest first."""
    rows = queries.filtered(request.actor, read_filters(request.GET, request.zone)).order_by("seq")
    response = StreamingHttpResponse(
        _csv(rows.iterator(chunk_size=2_000)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="activity-{request.now:%Y-%m-%d}.csv"'
    return response


def read_filters(given: QueryDict, zone: str) -> queries.LogFilters:
    """Of an address that somebody typed by hand, what cannot be understood is refused, not left out."""
    return queries.LogFilters(
        program=given.get("program", "")[:60],
        model_id=_number(given, "model"),
        person=clean_line(given.get("person", ""), field="person", required=False),
        verb=given.get("verb", "")[:60],
        door=given.get("door", "") if given.get("door", "") in queries.DOORS else "",
        since=_day(given, "since"),
        until=_day(given, "until"),
        zone=zone,
        shows_removed=given.get("removed") == "1",
    )


def told(rows: tuple[Activity, ...]) -> Iterator[words.Told]:
    models, programs_ = queries.model_names(rows), queries.program_names(rows)
    questions = queries.questions(rows)
    for row in rows:
        yield words.Told(
            seq=row.seq,
            at=row.at,
            who=row.actor,
            door=words.DOORS.get(row.door, row.door),
            verb=row.verb,
            words=words.verb_words(row.verb),
            detail=words.detail_of(row.body, _question(row, questions)),
            icon=words.icon_of(row.verb),
            tone=words.tone_of(row.verb),
            model=models.get(row.model_id or 0, ""),
            model_id=row.model_id if row.model_id in models else None,
            program=programs_.get(row.program_id or 0, ""),
            is_removed=row.program_id is not None and row.program_id not in programs_,
        )


def _question(row: Activity, questions: Mapping[tuple[int, str], str]) -> str:
    check = row.body.get("check")
    if not isinstance(check, str) or not check:
        return ""
    return questions.get((row.program_id or 0, check)) or spelled(check)


def _lines(chain: Iterable[tuple[Entry, bool]]) -> Iterator[bytes]:
    for one, is_shown in chain:
        link = {"seq": one.seq, "previous": one.previous, "hash": one.hash}
        yield json.dumps(in_export(one) if is_shown else link, ensure_ascii=False).encode() + b"\n"


def _csv(rows: Iterable[Activity]) -> Iterator[str]:
    yield "\ufeff" + _csv_line(HEADS)
    for row in rows:
        body = json.dumps(row.body, ensure_ascii=False, sort_keys=True)
        place = (str(row.program_id or ""), str(row.model_id or ""))
        yield _csv_line(
            (str(row.seq), row.at.isoformat(), row.actor, row.door, row.verb, *place, body, row.hash)
        )


def _csv_line(values: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(value) for value in values])
    return out.getvalue()


def _pills(given: QueryDict, filters: queries.LogFilters) -> Iterator[dict[str, str]]:
    said = {
        "program": f"Program: {filters.program}",
        "person": f"Who: {filters.person}",
        "verb": f"What: {words.verb_words(filters.verb)}",
        "door": f"Door: {words.DOORS.get(filters.door, filters.door)}",
        "since": f"From {filters.since:%-d %b %Y}" if filters.since else "",
        "until": f"Until {filters.until:%-d %b %Y}" if filters.until else "",
        "model": "One model",
        "removed": "With removed sample programs",
    }
    for name in NAMES:
        if given.get(name):
            yield {"text": said[name], "url": f"{reverse('audit')}?{_kept(given, but=name)}"}


def _kept(given: QueryDict, but: str = "") -> str:
    return urlencode({name: given[name] for name in NAMES if given.get(name) and name != but})


def _link(given: QueryDict, **cursor: int | None) -> str:
    ((name, seq),) = cursor.items()
    if seq is None:
        return ""
    kept = _kept(given)
    return f"{reverse('audit')}?{kept}{'&' if kept else ''}{name}={seq}"


def _number(given: QueryDict, name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _day(given: QueryDict, name: str) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused.field(name, f"“{text[:40]}” is not a day.", "Write it as 2026-03-31.") from None
