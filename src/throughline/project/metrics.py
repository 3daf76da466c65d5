"""Counts requests and their duration for /metrics, across all web workers of this machine."""

from django.http import HttpRequest
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import ValueClass

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST

REQUESTS = Counter("throughline_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "throughline_http_request_seconds", "Time from request to answer.", ["method", "route"], buckets=BUCKETS
)
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(request: HttpRequest, status: int, seconds: float) -> None:
    """Labels come from our own tables only: a caller must not be able to invent new series."""
    method = request.method if request.method in KNOWN_METHODS else "OTHER"
    where = route(request)
    REQUESTS.labels(method, where, str(status)).inc()
    SECONDS.labels(method, where).observe(seconds)


def route(request: HttpRequest) -> str:
    """The pattern that matched, such as `/models/<int:model_id>/`, never the path itself."""
    match = request.resolver_match
    return f"/{match.route}" if match else "(none)"


def page() -> bytes:
    return generate_latest(registry())


def registry() -> CollectorRegistry:
    """The workers write their counts into files of one folder, so that any of them answers for all."""
    if ValueClass.__name__ != "MmapedValue":
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
