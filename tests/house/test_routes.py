"""Every route says who may use it, and the server refuses to start otherwise."""

from django.http import HttpResponse
from django.urls import path

from throughline.core.permissions import VERBS, Declared
from throughline.project import checks
from throughline.project.routes import Route, routes


def undeclared(request):
    return HttpResponse("whoever you are")


REVIEWED = {
    "healthz",
    "readyz",
    "metrics",
    "hooks/<str:kind>/<str:token>",  # the signature of the call is what is presented
    "api/v1/",
    "api/v1/docs",
    "api/v1/docs.js",
    "api/v1/openapi.json",
    "api/v1/version",
    "api/v1/^.*$",  # the answer to unknown addresses
    "sign-in",
    "sign-in/link",
    "sign-in/mail",  # tells nothing, and is slowed
    "sign-in/provider",
    "sign-in/provider/callback",
    "with/<str:token>",  # the address is what is presented
}


class Unsafe:
    urlpatterns = [path("unsafe/", undeclared, name="unsafe")]


def test_every_route_declares_a_known_verb():
    assert checks.every_route_is_declared() == []
    assert len(routes()) > 3


def test_a_route_without_a_declaration_stops_the_start(settings):
    settings.ROOT_URLCONF = Unsafe

    (problem,) = checks.every_route_is_declared()

    assert problem.id == "throughline.E001"
    assert "/unsafe/" in problem.msg


def test_an_unknown_verb_stops_the_start():
    (problem,) = checks.problems(Route("GET", "x", "x", Declared("model.paint", "model")))

    assert problem.id == "throughline.E002"
    assert list(checks.problems(Route("GET", "x", "x", Declared(next(iter(VERBS)), "model")))) == []


def test_open_routes_are_the_reviewed_ones():
    """A route that asks for nobody's name must be put on this list by a person."""
    open_routes = {route.path for route in routes() if route.declared and route.declared.at == "open"}

    assert open_routes - REVIEWED == set()


def test_the_review_holds_nothing_that_is_gone():
    assert {route.path for route in routes()} >= REVIEWED
