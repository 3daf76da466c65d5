"""Counts requests and their duration for /metrics, across all web workers of this machine."""

from collections.abc import Iterator

import structlog
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass

from throughline.queries import installation, jobs

log = structlog.get_logger("throughline.metrics")

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
    return b"".join(generate_latest(registry) for registry in registries())


def registries() -> list[CollectorRegistry]:
    """The web workers write their counts into files of one folder, so that any of them answers for all."""
    state = CollectorRegistry()
    state.register(State())
    if ValueClass.__name__ != "MmapedValue":
        return [REGISTRY, state]
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return [together, state]


class State(Collector):
    """What stands in the store at this moment. While the store is away its figures are left out, not zero."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from [*of_models(), *of_work()]
        except DatabaseError as error:
            log.error("store does not answer", error=str(error))


def of_models() -> Iterator[Metric]:
    models = GaugeMetricFamily(
        "throughline_models", "Models by stage and standing.", labels=["stage", "standing"]
    )
    for place, count in sorted(installation.census().items()):
        models.add_metric(list(place), count)
    yield models
    yield GaugeMetricFamily(
        "throughline_activity_entries", "Entries of the log.", value=installation.head()[0]
    )


def of_work() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("throughline_jobs", "Background jobs by state.", labels=["state"])
    for state, count in sorted(jobs.counts().items()):
        waiting.add_metric([state], count)
    yield waiting
    is_alive = jobs.worker_state(timezone.now()).is_alive
    yield GaugeMetricFamily("throughline_worker_alive", "Whether a worker beats.", value=int(is_alive))
