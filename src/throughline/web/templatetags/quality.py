"""Brings the assessments of a source onto a page that shows something else of it."""

from dataclasses import dataclass

from django import template
from django.template.context import Context

from throughline.queries import assessments
from throughline.queries.rows import Assessment, DataSource

register = template.Library()
MOST = 5


@dataclass(frozen=True)
class Quality:
    rows: list[Assessment]
    may_start: bool


@register.simple_tag(takes_context=True)
def quality_of(context: Context, source: DataSource) -> Quality:
    """The newest assessments, and whether whoever looks may ask for another."""
    rows = list(assessments.assessments(source)[:MOST])
    return Quality(rows, assessments.abilities(context["actor"], source).may_start)
