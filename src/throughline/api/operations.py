"""The one place that knows how an operation declares itself, asks permission, is carried out once, and answers."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.constants import NOT_SET

from throughline.actions import idempotency
from throughline.actions.idempotency import Reply
from throughline.api import errors
from throughline.api.auth import ApiRequest, asked
from throughline.api.brake import brake
from throughline.api.errors import InputTooLarge
from throughline.api.openapi import extras
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import VERBS, Declared, Place, require
from throughline.core.text import clean

P = ParamSpec("P")
Operation = Callable[Concatenate[ApiRequest, P], HttpResponse]

WRITING = ("POST", "PUT", "PATCH", "DELETE")
KEY = re.compile(r"[\x21-\x7e]{1,200}")
KEPT_HEADERS = ("ETag", "Location")
LONGEST_TEXT = 20_000


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    verb: str,
    at: Place,
    gives: Any,
    status: int = 200,
    activity: str | None = None,
    or_status: int | None = None,
    is_versioned: bool = False,
    media: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Callable[[Operation[P]], Operation[P]]:
    """Declares a route: what it needs and records, and everything that its description says of it.

    `gives` is the schema of the reply, under `status` or `or_status`. `is_versioned` routes answer with an ETag and
    heed If-Match and If-None-Match. `media` is the reply's type where it is not JSON. Permission on a program or a
    model is asked by the query or action that knows it; the rest, and the token's scope, here.
    """
    declared = Declared(verb, at, activity)

    def wrap(view: Operation[P]) -> Operation[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            ours = asked(request)
            if at != "open":
                _ask(ours, verb, at)
            _refuse_hostile(kwargs)
            announced = request.META.get("CONTENT_LENGTH") or ""
            refuse_large(int(announced) if announced.isdecimal() else 0)
            return _answer(ours, lambda: _braked(ours, lambda: view(ours, *args, **kwargs)))

        guarded.declared = declared  # type: ignore[attr-defined]
        described = extras(method, declared, status, is_versioned=is_versioned, media=media, more=extra or {})
        router.api_operation(
            [method],
            path,
            response={code: gives for code in (status, or_status) if code is not None},
            auth=None if at == "open" else NOT_SET,
            operation_id=view.__name__,
            summary=view.__name__.replace("_", " ").capitalize(),
            description=" ".join((view.__doc__ or "").split()),
            openapi_extra=described,
        )(guarded)
        return view

    return wrap


def reply(
    content: object,
    *,
    status: int = 200,
    version: int | None = None,
    location: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """JSON. What is plain already is written as it is: checking each row of a list would cost more than reading it."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    response = HttpResponse(body, status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-cache" if version is not None else "no-store"
    if version is not None:
        response["ETag"] = f'"{version}"'
    if location:
        response["Location"] = location
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def expected_version(request: HttpRequest) -> int | None:
    """The version in If-Match; None where there is none, or any will do. Raises `Refused` (invalid) otherwise."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    number = given.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Refused.field(
            "If-Match", "This is not an ETag of ours.", 'Send the ETag that you were given, as "3".'
        )
    return int(number)


def refuse_large(size: int) -> None:
    """Once by what is announced, before a form is read, and once by what came."""
    if size > settings.MAX_UPLOAD_BYTES:
        raise InputTooLarge(f"A file may have up to {settings.MAX_UPLOAD_BYTES // 1_000_000} MB.")


def _refuse_hostile(given: Mapping[str, object]) -> None:
    """Addresses are text from outside too, and the databases do not agree on NUL."""
    for name, value in given.items():
        if isinstance(value, str):
            clean(value, field=name, max_length=LONGEST_TEXT)


def _ask(request: ApiRequest, verb: str, at: Place) -> None:
    actor, scope = request.actor, VERBS[verb].scope
    if actor.scopes is not None and scope not in actor.scopes:
        raise NotAllowed(f"This token does not have the scope “{scope}”, which this operation needs.")
    if at in ("person", "installation"):
        require(actor, verb)


def _braked(request: ApiRequest, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    if request.method not in WRITING:
        return carry_out()
    brake.check(request, request.now)
    try:
        return carry_out()
    except (Refused, NotAllowed) as refusal:
        if not (isinstance(refusal, Refused) and refusal.kind == "invalid"):
            brake.note(request, request.now)
        raise


def _answer(request: ApiRequest, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    key = request.headers.get("Idempotency-Key")
    if key is not None and request.method == "POST":
        return _answer_once(request, key, carry_out)
    response = carry_out()
    tag = response.get("ETag")
    if request.method == "GET" and tag and tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    return response


def _answer_once(request: ApiRequest, key: str, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    if not KEY.fullmatch(key):
        raise Refused.field(
            "Idempotency-Key", "A key is 1 to 200 visible ASCII characters.", "Use a random UUID."
        )
    if request.actor.person_id is None:
        return carry_out()

    def carried_out() -> Reply:
        response = _or_refused(request, carry_out)
        headers = {name: response[name] for name in (*KEPT_HEADERS, "Content-Type") if name in response}
        return Reply(response.status_code, response.content.decode(), headers)

    found = idempotency.once(
        person_id=request.actor.person_id,
        key=key,
        request_hash=_hash_of(request),
        carry_out=carried_out,
        now=request.now,
    )
    headers = {**found.headers, "Cache-Control": "no-store"}
    if found.is_repeated:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(found.body, status=found.status, headers=headers)


def _or_refused(request: ApiRequest, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """A refusal is an answer too: its entry in the log must be kept, so it may not undo the transaction."""
    try:
        return carry_out()
    except Refused as refusal:
        return errors.refused(request, refusal)
    except NotAllowed as error:
        return errors.not_allowed(request, error)
    except Missing as error:
        return errors.missing(request, error)


def _hash_of(request: HttpRequest) -> str:
    """Of what was asked. Forms are hashed by their content, because each sending draws a new boundary."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    digest.update(json.dumps(sorted(request.POST.lists())).encode())
    for name, file in sorted(request.FILES.items()):
        if isinstance(file, UploadedFile):
            digest.update(f"\n{name}\n".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
