"""Puts the doors together: probes, the HTTP interface, and the pages."""

from django.urls import include, path

from throughline.api.routes import api
from throughline.project import probes

# The interface answers what goes wrong within it by itself; what is refused before it is reached passes here.
handler400 = "throughline.project.failures.unreadable"
handler403 = "throughline.web.routes.forbidden"
handler404 = "throughline.web.routes.not_found"
handler500 = "throughline.web.routes.broken"

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics_page, name="metrics"),
    path("api/v1/", api.urls),
    path("", include("throughline.web.urls")),
]
