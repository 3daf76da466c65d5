"""Lists every route of the installation as the router knows it, with what it declares about permission."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from throughline.core.permissions import Declared

PAGE_METHODS = "GET/POST"


@dataclass(frozen=True)
class Route:
    """`method` is `GET/POST` for pages, whose one view answers both."""

    method: str
    path: str
    name: str
    declared: Declared | None

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


def routes() -> list[Route]:
    """Each route once, although the API library enters a path again for every operation on it."""
    found = set(_walk(get_resolver().url_patterns, ""))
    return sorted(found, key=lambda route: (route.path, route.method, route.name))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path)
        else:
            yield from _of_pattern(entry, path)


def _of_pattern(entry: URLPattern, path: str) -> Iterator[Route]:
    view = entry.callback
    operations = _operations_behind(view)
    if operations is not None:
        yield from _of_operations(operations, path)
        return
    yield Route(PAGE_METHODS, path, str(entry.name or ""), _declared(view))


def _operations_behind(view: Callable[..., Any]) -> PathView | None:
    """The API library hands the router a wrapper; what it wraps is held in the closure alone."""
    if not inspect.isfunction(view):
        return None
    found = inspect.getclosurevars(view).nonlocals.get("self")
    return found if isinstance(found, PathView) else None


def _of_operations(view: PathView, path: str) -> Iterator[Route]:
    for operation in view.operations:
        for method in operation.methods:
            yield Route(method, path, operation.view_func.__name__, _declared(operation.view_func))


def _declared(view: Callable[..., Any]) -> Declared | None:
    found = getattr(view, "declared", None)
    return found if isinstance(found, Declared) else None
