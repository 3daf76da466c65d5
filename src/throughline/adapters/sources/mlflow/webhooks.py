"""Deliveries that MLflow sends: who signed them, how old they are, and which registered model to look at."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from throughline.adapters.base import HookEvent, HookRefused
from throughline.adapters.documents import NotJson, as_object, as_text, read_json

TOLERANCE = timedelta(minutes=5)
MAX_BODY = 1024 * 1024

_DELIVERY_ID = re.compile(r"[A-Za-z0-9_-]{8,100}\Z")
_SECONDS = re.compile(r"[0-9]{1,12}\Z")
_ABOUT_MODELS = frozenset({"registered_model", "model_version", "model_version_tag", "model_version_alias"})


def received(headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> HookEvent:
    """What the delivery says, or HookRefused. Whether its id was seen before is for the caller to say."""
    told = {name.lower(): value for name, value in headers.items()}
    delivery_id, timestamp = told.get("x-mlflow-delivery-id", ""), told.get("x-mlflow-timestamp", "")
    if not secret:
        raise HookRefused("No webhook secret is set for this connection.")
    if len(body) > MAX_BODY:
        raise HookRefused("The delivery is too large.")
    if not _DELIVERY_ID.match(delivery_id) or not _SECONDS.match(timestamp):
        raise HookRefused("The delivery does not carry its id and its time.")
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    if not _is_signed(told.get("x-mlflow-signature", ""), signed, secret):
        raise HookRefused("The signature is not right.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise HookRefused("The delivery is older or younger than five minutes.")
    return _understood(delivery_id, body)


def _is_signed(header: str, content: bytes, secret: str) -> bool:
    """Several signatures may stand side by side while a secret is being changed."""
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    offered = [one.encode("utf-8", "replace") for one in header.split()]
    return any(hmac.compare_digest(expected, one) for one in offered)


def _understood(delivery_id: str, body: bytes) -> HookEvent:
    try:
        document = as_object(read_json(body))
    except NotJson as error:
        raise HookRefused(f"The delivery cannot be read: {error}.") from error
    entity, action = as_text(document.get("entity")), as_text(document.get("action"))
    name = as_text(as_object(document.get("data")).get("name"))
    return HookEvent(delivery_id, f"{entity}.{action}", name if entity in _ABOUT_MODELS else "")
