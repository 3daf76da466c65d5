"""Requests that no door got to see, answered as the door would that they were meant for."""

from django.http import HttpRequest, HttpResponse

from throughline.api import errors
from throughline.web import routes

INTERFACE = "/api/"


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Such as one with a host name that cannot be."""
    if request.path.startswith(INTERFACE):
        return errors.unreadable(request, exception)
    return routes.unreadable(request, exception)
