"""Requests drawn from the description of the interface: none breaks the server, none is answered as not described."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as drawn_with
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import secret_for
from throughline.project.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 5
bounded = drawn_with(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def kept_connection():
    """The transaction of the test must outlive each request, as it does with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"]
)
def test_no_request_breaks_the_server(world, mode, kept_connection):
    model = world.model(at="prototype", external_id="churn")
    world.measure(model, "metric.val_auc", 0.9)
    headers = {"Authorization": f"Bearer {secret_for(world.person('Root', is_admin=True))}"}
    real = {"slug": world.program.slug, "model_id": model.pk}
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    sent, problems = 0, []
    for result in described.get_all_operations():
        operation = result.ok()
        names = {parameter.name for parameter in operation.path_parameters}
        known = {name: value for name, value in real.items() if name in names}
        # A real address gets further in; an address that is drawn tries the reading of addresses.
        chosen = (
            {"path_parameters": known} if mode is GenerationMode.POSITIVE and known.keys() == names else {}
        )

        @bounded
        @given(case=operation.as_strategy(generation_mode=mode, **chosen))
        def send(case):
            nonlocal sent
            sent += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            send()
        except Unsatisfiable:
            continue  # there is nothing about this operation that could be sent wrongly
        except (AssertionError, ExceptionGroup) as error:
            told = [str(one)[:700] for one in getattr(error, "exceptions", [error])]
            problems.append(f"{operation.label}: {told}")
    assert problems == []
    assert sent > 100
