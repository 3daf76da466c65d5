"""Answers the machines that watch the installation: alive, ready, measured."""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from throughline.core.permissions import Declared
from throughline.project import health, metrics

View = Callable[[HttpRequest], HttpResponse]


def open_to_all(view: View) -> View:
    view.declared = Declared(verb="", at="open")  # type: ignore[attr-defined]
    return view


@open_to_all
@never_cache
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Says that this process answers, and asks nothing of the store."""
    return JsonResponse({"status": "alive"})


@open_to_all
@never_cache
@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """Names the parts and whether each is ready; why one is not stands in the log and in `doctor`."""
    parts = health.readiness()
    is_ready = all(parts.values())
    words = {name: "ready" if good else "not ready" for name, good in parts.items()}
    status = {"status": "ready" if is_ready else "not ready", **words}
    return JsonResponse(status, status=200 if is_ready else 503)


@open_to_all
@never_cache
@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    expected = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if expected and not hmac.compare_digest(given.encode(), expected.encode()):
        return HttpResponse("A bearer token is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.page(), content_type=metrics.CONTENT_TYPE)
