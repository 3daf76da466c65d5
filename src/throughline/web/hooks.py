"""Where connected tools announce changes: takes a signed call, answers at once, and leaves the work to the worker."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from throughline.actions.evidence import collection
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import Declared
from throughline.queries import access

MOST_BYTES = 1_000_000


@csrf_exempt
def hook(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """Nobody is signed in here: the address is secret, and the call is signed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if (length := request.headers.get("Content-Length", "")).isdecimal() and int(length) > MOST_BYTES:
        return _told("The call is too large.", 413)
    try:
        is_new = collection.receive_hook(
            actor=access.NOBODY,
            kind=kind,
            token=token,
            headers=request.headers,
            body=request.body,
            now=timezone.now(),
        )
    except Missing:
        return _told("There is no such address.", 404)
    except NotAllowed as error:
        return _told(error.text, 403)
    except Refused as refusal:
        return _told(str(refusal), 409)
    return _told("Taken." if is_new else "This call was taken before.", 202 if is_new else 200)


hook.declared = Declared("", "open")  # type: ignore[attr-defined]


def _told(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
