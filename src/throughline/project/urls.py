"""Puts the doors together: probes, the HTTP interface, and the pages."""

from django.urls import path

from throughline.project import probes
from throughline.project.doors import api_patterns, page_patterns

handler400 = "throughline.web.routes.unreadable"
handler403 = "throughline.web.routes.forbidden"
handler404 = "throughline.web.routes.not_found"
handler500 = "throughline.web.routes.broken"

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics_page, name="metrics"),
    *api_patterns(),
    *page_patterns(),
]
