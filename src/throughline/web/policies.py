"""Policies as pages: the one in force read for people, its versions, two of them compared, and a new one published."""

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from throughline.actions import policies as actions
from throughline.core.errors import Refused
from throughline.core.permissions import may, require
from throughline.core.policy import Policy
from throughline.core.policy_diff import compare as compared
from throughline.queries import policies as queries
from throughline.queries import portfolio
from throughline.queries.policy_use import models_on_older, use_of_versions
from throughline.queries.rows import Policy as PolicyRow
from throughline.queries.rows import Program
from throughline.web import policy_words as words
from throughline.web.policy_source import source_of
from throughline.web.routes import Crumb, PageRequest, cleaned, done, either, filled, fragment, page, show

LONGEST_SOURCE = 500_000


class PublishForm(forms.Form):
    source = either(forms.CharField(
        label="The policy as YAML", required=False, max_length=LONGEST_SOURCE, strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "class": "mono", "wrap": "off", "spellcheck": "false"}),
    ))  # fmt: skip
    file = either(
        forms.FileField(label="Or a file", required=False, help_text="It takes the place of the text above.")
    )
    note = forms.CharField(
        label="What changes, and why", max_length=2_000, help_text="Those whose models it concerns read this sentence.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


@page("program.view", at="program")
def policies(request: PageRequest) -> HttpResponse:
    """With one program its policy at once; with several a list."""
    found = list(portfolio.programs(request.actor).select_related("policy"))
    if len(found) == 1:
        return redirect("policy_program", slug=found[0].slug)
    return show(request, "policies/list.html", {"programs": found})


@page("program.view", at="program")
def program(request: PageRequest, slug: str) -> HttpResponse:
    row = _program(request, slug)
    if row.policy is None:
        context = {"program": row, "crumbs": _trail(row), "may_publish": _may(request, row)}
        return show(request, "policies/none.html", context)
    return _shown(request, row, row.policy)


@page("program.view", at="program")
def version(request: PageRequest, slug: str, policy_id: int) -> HttpResponse:
    row = _program(request, slug)
    return _shown(request, row, queries.version_row(row, policy_id))


@page("program.view", at="program")
def text(request: PageRequest, slug: str, policy_id: int) -> HttpResponse:
    """The YAML as it was published, letter for letter."""
    row = queries.version_row(_program(request, slug), policy_id)
    response = HttpResponse(row.source, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{row.pk}.yml"'
    return response


@page("program.view", at="program")
def compare(request: PageRequest, slug: str) -> HttpResponse:
    row = _program(request, slug)
    versions = list(queries.versions(row))
    after = _chosen(versions, request.GET.get("after", ""), 0)
    before = _chosen(versions, request.GET.get("before", ""), 1)
    diff = compared(queries.parsed(before), queries.parsed(after)) if before and after else None
    context = {
        "program": row,
        "versions": versions,
        "before": before,
        "after": after,
        "diff": diff,
        "counts": [(key.value, n) for key, n in diff.count().items() if n] if diff else [],
        "gates": [(words.gate_title(gate.gate), gate) for gate in diff.gates] if diff else [],
        "crumbs": [*_trail(row), Crumb("Compare versions")],
    }
    return show(request, "policies/compare.html", context)


@page("policy.publish", at="program", activity="policy.published", methods=("GET", "POST"))
def publish(request: PageRequest, slug: str) -> HttpResponse:
    row = _program(request, slug)
    require(request.actor, "policy.publish", noun="program", program_id=row.pk)
    form = filled(request, PublishForm, {"source": _start(row, request.GET.get("from", ""))})
    if request.method == "POST":
        values = cleaned(form)
        made = actions.publish_policy(
            actor=request.actor,
            program_id=row.pk,
            source=_given(values),
            note=values["note"],
            now=request.now,
        )
        return done(request, reverse("policy_program", args=[slug]), f"{made.name} {made.label} is in force.")
    typed = _typed(request)
    context = {
        "program": row,
        "form": form,
        "source": source_of(typed) if typed is not None else None,
        "versions": list(queries.versions(row)[:20]),
        "shipped": queries.SHIPPED,
        "crumbs": [*_trail(row), Crumb("Publish a version")],
    }
    return show(request, "policies/publish.html", context)


@page("policy.publish", at="program", methods=("POST",))
def check(request: PageRequest, slug: str) -> HttpResponse:
    """What is wrong with the text so far, while it is written."""
    row = _program(request, slug)
    require(request.actor, "policy.publish", noun="program", program_id=row.pk)
    typed = request.POST.get("source", "")[:LONGEST_SOURCE]
    return fragment(request, "policies/checked.html", {"source": source_of(typed)})


@page("policy.publish", at="program", activity="policy.put_in_force", methods=("POST",))
def put_in_force(request: PageRequest, slug: str, policy_id: int) -> HttpResponse:
    row = _program(request, slug)
    made = actions.put_in_force(actor=request.actor, program_id=row.pk, policy_id=policy_id, now=request.now)
    return done(
        request, reverse("policy_program", args=[slug]), f"{made.name} {made.label} is in force again."
    )


def _shown(request: PageRequest, row: Program, version: PolicyRow) -> HttpResponse:
    policy: Policy = queries.parsed(version)
    is_in_force = row.policy_id == version.pk
    older = models_on_older(request.actor, row) if is_in_force else []
    context = {
        "program": row,
        "version": version,
        "policy": policy,
        "is_in_force": is_in_force,
        "gates": words.gates(policy),
        "needed": words.needed(policy),
        "chart": words.chart(policy),
        "versions": use_of_versions(row),
        "older": [(m, may(request.actor, "model.change", program_id=row.pk, model_id=m.pk)) for m in older],
        "may_publish": _may(request, row),
        "crumbs": _trail(row) if is_in_force else [*_trail(row), Crumb(policy.label)],
    }
    return show(request, "policies/page.html", context)


def _program(request: PageRequest, slug: str) -> Program:
    row = portfolio.program_row(request.actor, slug)
    require(request.actor, "program.view", noun="program", program_id=row.pk)
    return row


def _may(request: PageRequest, row: Program) -> bool:
    return may(request.actor, "policy.publish", program_id=row.pk)


def _trail(row: Program) -> list[Crumb]:
    return [
        Crumb("Policies", reverse("policies")),
        Crumb(row.name, reverse("policy_program", args=[row.slug])),
    ]


def _chosen(versions: list[PolicyRow], wanted: str, otherwise: int) -> PolicyRow | None:
    named = [row for row in versions if str(row.pk) == wanted]
    return named[0] if named else versions[otherwise] if len(versions) > otherwise else None


def _start(row: Program, wanted: str) -> str:
    """What to begin from: a shipped policy, a version of this program, or the one in force."""
    if wanted in queries.SHIPPED:
        return queries.shipped_source(wanted)
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 18:
        return queries.version_row(row, int(wanted)).source
    return row.policy.source if row.policy else queries.shipped_source("default")


def _given(values: dict[str, object]) -> str:
    file = values.get("file")
    if file is None or isinstance(file, str):
        return str(values["source"])
    if file.size > min(LONGEST_SOURCE, settings.MAX_UPLOAD_BYTES):  # type: ignore[attr-defined]
        text = f"The file is longer than {LONGEST_SOURCE:,} characters."
        raise Refused.field("file", text, "A policy is a short text.")
    try:
        return str(file.read().decode())  # type: ignore[attr-defined]
    except UnicodeDecodeError:
        raise Refused.field(
            "file", "The file is not UTF-8 text.", "Save it as UTF-8 and choose it again."
        ) from None


def _typed(request: PageRequest) -> str | None:
    """What was sent and refused, to be shown with its lines."""
    return request.typed.get("source", "") if request.typed is not None else None
