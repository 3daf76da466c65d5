"""What is done with a specification on its tab: begun, submitted, commented on, approved, returned, compared."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import specs as actions
from throughline.core.comparison import compare as compared
from throughline.core.spec_sections import BY_KEY
from throughline.queries import portfolio
from throughline.queries import specs as queries
from throughline.queries.rows import Spec
from throughline.web.models import crumbs, model
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show


class SubmitForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CommentForm(forms.Form):
    section = forms.CharField(max_length=60)
    text = forms.CharField(label="Comment", widget=drafted("comment"))


class ApproveForm(forms.Form):
    seen = forms.CharField(max_length=64)
    reason = forms.CharField(label="Note", required=False, widget=drafted("approval", rows=2))


class ReturnForm(forms.Form):
    reason = forms.CharField(label="What is to be mended", widget=drafted("return", rows=3))


@page("spec.write", at="model", activity="spec.started", methods=("POST",), redraws=model)
def start(request: PageRequest, model_id: int) -> HttpResponse:
    row = actions.start_draft(actor=request.actor, model_id=model_id, now=request.now)
    return done(request, tab_of(model_id), f"Version {row.number} is yours to write.")


@page("spec.write", at="model", activity="spec.submitted", methods=("POST",), redraws=model)
def submit(request: PageRequest, model_id: int) -> HttpResponse:
    row = actions.submit_spec(
        actor=request.actor,
        model_id=model_id,
        expected_version=cleaned(filled(request, SubmitForm))["version"],
        now=request.now,
    )
    return done(
        request, tab_of(model_id), f"Version {row.number} waits for approval. It can't be changed any more."
    )


@page("spec.approve", at="model", activity="spec.approved", methods=("POST",), redraws=model)
def approve(request: PageRequest, model_id: int) -> HttpResponse:
    row = actions.approve_spec(
        actor=request.actor, model_id=model_id, now=request.now, **cleaned(filled(request, ApproveForm))
    )
    return done(request, tab_of(model_id), f"Version {row.number} is approved.")


@page("spec.comment", at="model", activity="spec.returned", methods=("POST",), redraws=model)
def give_back(request: PageRequest, model_id: int) -> HttpResponse:
    draft = actions.return_spec(
        actor=request.actor, model_id=model_id, now=request.now, **cleaned(filled(request, ReturnForm))
    )
    return done(request, tab_of(model_id), f"Returned. Version {draft.number} begins with the same words.")


@page("spec.comment", at="model", activity="spec.commented", methods=("POST",), redraws=model)
def comment(request: PageRequest, model_id: int) -> HttpResponse:
    values = cleaned(filled(request, CommentForm))
    actions.comment_on_section(actor=request.actor, model_id=model_id, now=request.now, **values)
    return done(request, f"{tab_of(model_id)}#spec-{values['section']}", "Your comment is there.")


@page("spec.comment", at="model", activity="spec.comment_resolved", methods=("POST",))
def resolve(request: PageRequest, model_id: int, comment_id: int) -> HttpResponse:
    row = actions.resolve_comment(
        actor=request.actor, model_id=model_id, comment_id=comment_id, now=request.now
    )
    anchor = row.section if row.section in BY_KEY else "problem"
    return done(request, f"{tab_of(model_id)}#spec-{anchor}", "The comment is settled.")


@page("model.view", at="model")
def compare(request: PageRequest, model_id: int) -> HttpResponse:
    """Any two versions; without a choice the newest and the one before it."""
    row = portfolio.model_row(request.actor, model_id)
    versions = list(queries.specs(row))
    after = chosen(versions, request.GET.get("b", ""), 0)
    before = chosen(versions, request.GET.get("a", ""), 1)
    context = {
        "model": row,
        "item": f"model:{row.pk}",
        "versions": versions[::-1],
        "before": before,
        "after": after,
        "diff": compared(before.content, after.content) if before and after else None,
        "crumbs": crumbs(row, Crumb("Specification", tab_of(row.pk)), Crumb("Compare versions")),
        "spec_url": tab_of(row.pk),
    }
    return show(request, "specs/compare.html", context)


def chosen(versions: list[Spec], wanted: str, otherwise: int) -> Spec | None:
    named = [row for row in versions if str(row.number) == wanted]
    return named[0] if named else versions[otherwise] if len(versions) > otherwise else None


def tab_of(model_id: int) -> str:
    return f"{reverse('model', args=[model_id])}?tab=spec"
