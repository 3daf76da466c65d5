"""Refuses to start while any route does not say who may use it."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register

from throughline.core.permissions import VERBS
from throughline.project.routes import Route, routes


@register()
def every_route_is_declared(**_: Any) -> list[CheckMessage]:
    return [problem for route in routes() for problem in problems(route)]


def problems(route: Route) -> Iterator[CheckMessage]:
    if route.declared is None:
        yield Error(
            f"The route {route} does not declare who may use it.",
            hint="Give its view or operation a Declared verb.",
            id="throughline.E001",
        )
    elif route.declared.at != "open" and route.declared.verb not in VERBS:
        yield Error(
            f"The route {route} declares the unknown verb {route.declared.verb}.",
            hint="Add the verb to throughline.core.permissions.VERBS.",
            id="throughline.E002",
        )
