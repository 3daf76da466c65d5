"""The interface for programs, put together: every noun's operations, its description, and an answer for all else."""

from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.datastructures import MultiValueDict
from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.operation import PathView
from ninja.parser import Parser

from throughline.api import (
    activity,
    decisions,
    errors,
    evidence,
    installation,
    moves,
    openapi,
    planning,
    policies,
    portfolio,
    sign_offs,
)
from throughline.api.auth import Session, Token
from throughline.core.permissions import Declared
from throughline.core.text import clean, parse_json

LONGEST_PARAMETER = 20_000
ROUTERS = (
    installation.router,
    portfolio.programs,
    portfolio.models,
    portfolio.releases,
    planning.router,
    evidence.router,
    sign_offs.router,
    moves.gates,
    moves.router,
    decisions.router,
    policies.router,
    activity.router,
)
# Nouns whose operations stand in files of their own; each has a `router`.
FURTHER = (
    "people",
    "views",
    "access",
    "imports",
    "connections",
    "criteria",
    "outputs",
    "feedback",
    "stakeholders",
    "specs",
    "scope_changes",
    "promises",
    "tellings",
    "contract_tests",
    "assessments",
    "contracts",
    "data_sources",
    "access_requests",
    "label_audits",
    "compliance",
    "compliance_findings",
    "impact",
)


class StrictParser(Parser):
    """The one text boundary: JSON without duplicate keys, NaN or depth beyond reason; no NUL in any parameter."""

    def parse_body(self, request: HttpRequest) -> Any:
        return parse_json(request.body)

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        found = super().parse_querydict(data, list_fields, request)
        return {name: _cleaned(name, value) for name, value in found.items()}


def _cleaned(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, field=name[:100], max_length=LONGEST_PARAMETER)
    return [_cleaned(name, item) for item in value] if isinstance(value, list) else value


class Api(NinjaAPI):
    """Answers everything beneath its address, what it does not know too, with problem details."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        described = [
            path("", home, name="api-root"),
            path("openapi.json", openapi_json, name="openapi-json"),
            path("docs", docs, name="openapi-view"),
            path("docs.js", docs_script, name="docs-script"),
        ]
        operations: list[URLResolver | URLPattern] = []
        for router in self._get_bound_routers():
            for view in router.path_operations.values():
                view._not_allowed = partial(_wrong_method, view)  # type: ignore[method-assign]
            operations.extend(router.urls_paths(router.prefix))
        return [*described, *operations, re_path(r"^.*$", nothing_here)]


def _wrong_method(view: PathView) -> HttpResponse:
    allowed = sorted({method for operation in view.operations for method in operation.methods})
    detail = f"This address answers to {', '.join(allowed)}."
    return errors.problem(HttpRequest(), 405, "wrong_method", detail, headers={"Allow": ", ".join(allowed)})


def _open(view: Any) -> Any:
    view.declared = Declared(verb="", at="open")
    return view


@_open
def nothing_here(request: HttpRequest) -> HttpResponse:
    return errors.problem(request, 404, "missing", "There is nothing at this address. See /api/v1/docs.")


@_open
def home(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - given by Django
    links = '{"version":"/api/v1/version","openapi":"/api/v1/openapi.json","docs":"/api/v1/docs"}'
    return HttpResponse(links, content_type="application/json")


@_open
def openapi_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - given by Django
    return HttpResponse(_description(), content_type="application/json")


@_open
def docs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - given by Django
    """The page loads its style and script from this installation, as the content policy demands."""
    page = files("throughline.api").joinpath("docs.html").read_text(encoding="utf-8")
    for mark, name in (("{{style}}", "ninja/swagger-ui.css"), ("{{script}}", "ninja/swagger-ui-bundle.js")):
        page = page.replace(mark, static(name))
    return HttpResponse(page)


@_open
def docs_script(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - given by Django
    script = files("throughline.api").joinpath("docs.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@cache
def _description() -> bytes:
    import json

    return json.dumps(openapi.complete(dict(api.get_openapi_schema(path_prefix="/api/v1/")))).encode()


def _assembled() -> Api:
    made = Api(
        title="Throughline",
        version=version("throughline"),
        description=openapi.ABOUT,
        auth=[Token(), Session()],
        parser=StrictParser(),
        urls_namespace="api-1",
        openapi_extra={"tags": openapi.TAGS},
    )
    errors.install(made)
    for router in ROUTERS:
        made.add_router("", router)
    for noun in FURTHER:
        if find_spec(f"throughline.api.{noun}") is not None:
            made.add_router("", import_string(f"throughline.api.{noun}.router"))
    return made


api = _assembled()
