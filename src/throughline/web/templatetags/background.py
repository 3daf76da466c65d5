"""Tells templates whether the work in the background is being done."""

from django import template
from django.utils import timezone

from throughline.queries import jobs

register = template.Library()


@register.simple_tag
def worker_is_silent() -> bool:
    return jobs.is_worker_silent(timezone.now())
