"""What do the portfolio page and a model's page cost, in processor time and in statements?"""

import time
from collections.abc import Callable
from unittest import mock
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from bench.words import line
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.web import portfolio, routes

ROUNDS = 30
PAGE = "/portfolio?layout=table&stage=prototype&stage=production&sort=-age"
CPU_RATIO_LIMIT, STATEMENTS_LIMIT, BYTES_LIMIT = 2.5, 20, 150_000


def measure() -> list[str]:
    person = Person.objects.filter(email__startswith="p0.").get()
    call = _call(PAGE, person)
    rendered: list[Callable[[], HttpResponse]] = []
    original = routes.show

    def kept(*args: object, **kwargs: object) -> HttpResponse:
        rendered.append(lambda: original(*args, **kwargs))  # type: ignore[arg-type]
        return original(*args, **kwargs)  # type: ignore[arg-type]

    with mock.patch.object(portfolio, "show", kept), CaptureQueriesContext(connection) as statements:
        size = len(call(portfolio.portfolio).content)
    whole, template = _cpu_ms(lambda: call(portfolio.portfolio), rendered[0])
    model = MLModel.objects.first()
    assert model is not None
    browser = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    browser.force_login(person)
    with CaptureQueriesContext(connection) as on_model:
        assert browser.get(f"/models/{model.pk}").status_code == 200
    return [
        f"portfolio page of 50 rows: {whole:.1f} ms CPU; its template from rows in memory: {template:.1f} ms",
        line("of the one to the other", whole / template, CPU_RATIO_LIMIT, " ×"),
        f"portfolio page: {len(statements)} statements, whatever the number of models",
        line("portfolio page", size / 1000, BYTES_LIMIT / 1000, " kB"),
        line("model page", len(on_model), STATEMENTS_LIMIT, " statements", digits=0),
    ]


def _call(path: str, person: Person) -> Callable[..., HttpResponse]:
    def call(view: Callable[..., HttpResponse], **arguments: object) -> HttpResponse:
        request = RequestFactory().get(path)
        request.user = person
        request.session = SessionStore()
        request.htmx = None  # type: ignore[attr-defined]
        request._messages = mock.MagicMock()  # type: ignore[attr-defined]
        return view(request, **arguments)

    return call


def _cpu_ms(*works: Callable[[], object]) -> list[float]:
    """Of each in turn: a lent machine changes its speed within seconds, and their ratio would change with it."""
    for work in works:
        work()
    spent = [0.0 for _ in works]
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            started = time.process_time()
            work()
            spent[number] += time.process_time() - started
    return [seconds * 1000 / ROUNDS for seconds in spent]
