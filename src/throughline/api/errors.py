"""Every way in which a request fails, told as problem details (RFC 9457) that a program and a person can act on."""

import json
import logging
from collections.abc import Iterable, Mapping

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from throughline.core.errors import Missing, NotAllowed, Reason, Refused

MEDIA_TYPE = "application/problem+json"
PROBLEM_URN = "urn:throughline:problem:"
CODES = {"refused": 409, "lost_race": 409, "stale": 412, "invalid": 422}
TITLES = {
    "bad_request": "The request can't be read",
    "unauthorized": "Who is asking is not known",
    "not_allowed": "Not allowed",
    "missing": "Not found",
    "wrong_method": "This can't be done here",
    "refused": "Refused",
    "lost_race": "Somebody else was faster",
    "stale": "What you saw is no longer current",
    "too_large": "Too large",
    "invalid": "What was sent does not hold",
    "too_many": "Too many requests",
    "failed": "Something went wrong here",
    "unavailable": "Not available at the moment",
}
RETRY_SECONDS = "2"

log = logging.getLogger("throughline.api")


class InputTooLarge(Exception):
    """The body is larger than this installation takes."""


def problem(
    request: HttpRequest,
    status: int,
    kind: str,
    detail: str,
    *,
    reasons: Iterable[Reason] = (),
    current: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """`kind` names the problem in its `type`; `current` is the present content for a stale write."""
    body: dict[str, object] = {
        "type": f"{PROBLEM_URN}{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
        "reasons": [{"text": r.text, "field": r.field, "remedy": r.remedy} for r in reasons],
        "request_id": getattr(request, "request_id", ""),
    }
    if current is not None:
        body["current"] = current
    content = json.dumps(body, default=str)
    response = HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
    response["Cache-Control"] = "no-store"
    return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    status = CODES[error.kind]
    headers = {}
    if error.current and isinstance(version := error.current.get("version"), int):
        headers["ETag"] = f'"{version}"'
    return problem(
        request,
        status,
        error.kind,
        " ".join(str(reason) for reason in error.reasons),
        reasons=error.reasons,
        current=error.current,
        headers=headers,
    )


def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return problem(request, 403, "not_allowed", error.text)


def missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, 404, "missing", str(error))


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    reasons = tuple(Reason(_sentence(found), field=_field(found["loc"])) for found in error.errors)
    return refused(request, Refused(reasons, kind="invalid"))


def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The library wraps what the parser raised; the cause tells more."""
    if isinstance(error.__cause__, Refused):
        return refused(request, error.__cause__)
    if isinstance(error, AuthenticationError):
        text = (
            error.message if error.message != "Unauthorized" else "Send a token as “Authorization: Bearer …”."
        )
        return problem(request, 401, "unauthorized", text, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, Throttled):
        seconds = {"Retry-After": str(error.wait or RETRY_SECONDS)}
        return problem(request, 429, "too_many", "Wait a little, then send this again.", headers=seconds)
    return problem(request, 400, "bad_request", "The body can't be read.")


def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    text = str(error) if isinstance(error, InputTooLarge) else "This is more than one request may carry."
    return problem(request, 413, "too_large", f"{text} Send it in parts.")


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001 - given by the library
    return problem(request, 400, "bad_request", "The request can't be read; it is cut off or malformed.")


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("The database did not answer", exc_info=error)
    text = "The store does not answer at the moment; nothing was changed."
    return problem(request, 503, "unavailable", text, headers={"Retry-After": RETRY_SECONDS})


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("An operation failed", exc_info=error)
    text = "This is our fault, not yours; nothing was changed. Report it with the request id."
    return problem(request, 500, "failed", text)


HANDLERS = (
    (Exception, failed),
    (OperationalError, unavailable),
    (InterfaceError, unavailable),
    (SuspiciousOperation, unreadable),
    (BadRequest, unreadable),
    (UnreadablePostError, unreadable),
    (MultiPartParserError, unreadable),
    (RequestDataTooBig, too_large),
    (TooManyFieldsSent, too_large),
    (TooManyFilesSent, too_large),
    (InputTooLarge, too_large),
    (HttpError, http_error),
    (ValidationError, invalid),
    (Http404, missing),
    (Missing, missing),
    (NotAllowed, not_allowed),
    (Refused, refused),
)


def install(api: NinjaAPI) -> None:
    for kind, handler in HANDLERS:
        api.add_exception_handler(kind, handler)  # type: ignore[arg-type]


def _field(location: tuple[str | int, ...]) -> str:
    """`body.payload.name` becomes `name`: where it was looked for, and our own name for the body, say nothing."""
    skipped = 2 if location and location[0] == "body" and len(location) > 2 else 1
    # A part in brackets names one of several shapes that the body may have.
    parts = [str(part) for part in location[skipped:] if not str(part).startswith("(")]
    return ".".join(parts) or str(location[0])


def _sentence(found: Mapping[str, object]) -> str:
    text = str(found.get("msg", "This does not hold")).removeprefix("Value error, ")
    return text if text.endswith(".") else f"{text}."
