"""Finds the url patterns of the doors that are in the house."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

Patterns = list[URLPattern | URLResolver]


def api_patterns() -> Patterns:
    if find_spec("throughline.api.routes") is None:
        return []
    from throughline.api.routes import api

    return [path("api/v1/", api.urls)]


def page_patterns() -> Patterns:
    if find_spec("throughline.web.urls") is None:
        return []
    return [path("", include("throughline.web.urls"))]
