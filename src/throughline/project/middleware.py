"""Wraps every request: its id and log line, its real address, and the headers that bind the browser."""

import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from throughline.project import metrics

Handler = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# The address itself is the secret.
SECRET_PATHS = ("/with/", "/hooks/")
QUIET_PATHS = ("/healthz", "/readyz", "/metrics", "/static/")
ONE_YEAR = 31_536_000

log = structlog.get_logger("throughline.request")


def request_log(next_handler: Handler) -> Handler:
    def handle(request: HttpRequest) -> HttpResponse:
        request.request_id = request_id(request)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        started = time.perf_counter()
        response = next_handler(request)
        seconds = time.perf_counter() - started
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        metrics.observe(request, response.status_code, seconds)
        if not request.path.startswith(QUIET_PATHS):
            note(request, response.status_code, seconds)
        return response

    return handle


def request_id(request: HttpRequest) -> str:
    """A caller's id is kept, so that its log and ours can be laid side by side, unless it is malformed."""
    given = request.headers.get("X-Request-ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def note(request: HttpRequest, status: int, seconds: float) -> None:
    """The query string is left out: it may carry a search for a person or a one-time token."""
    is_secret = request.path.startswith(SECRET_PATHS)
    path = metrics.route(request) if status < 400 or is_secret else request.path
    log.info("request", method=request.method, path=path, status=status, ms=round(seconds * 1000, 1))


def behind_proxies(next_handler: Handler) -> Handler:
    """Takes what the outermost trusted proxy saw; what a client forges stands further left."""

    def handle(request: HttpRequest) -> HttpResponse:
        count = settings.TRUSTED_PROXIES
        if count:
            hops = [
                hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()
            ]
            if len(hops) >= count:
                request.META["REMOTE_ADDR"] = hops[-count]
            if request.META.get("HTTP_X_FORWARDED_PROTO", "").split(",")[-1].strip() == "https":
                request.META["wsgi.url_scheme"] = "https"
                request.environ["wsgi.url_scheme"] = "https"  # type: ignore[attr-defined]
        return next_handler(request)

    return handle


def security_headers(next_handler: Handler) -> Handler:
    headers = fixed_headers()

    def handle(request: HttpRequest) -> HttpResponse:
        response = next_handler(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return handle


def fixed_headers() -> dict[str, str]:
    """A response that sets one of these itself, such as a download with its own policy, keeps its own."""
    headers = {
        "Content-Security-Policy": content_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.BASE_URL.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    return headers


def content_policy() -> str:
    """Browsers apply `form-action` to redirects too, so the sign-in provider has to be named."""
    form_targets = ["'self'"]
    if settings.OIDC_ISSUER:
        issuer = urlsplit(settings.OIDC_ISSUER)
        form_targets.append(f"{issuer.scheme}://{issuer.netloc}")
    rules = {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": " ".join(form_targets),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
