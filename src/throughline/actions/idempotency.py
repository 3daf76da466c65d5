"""What the requests of programs leave behind: the replies to those that may be repeated, and when a token was used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from throughline.core.errors import Refused
from throughline.records.access import IdempotencyKey, Token

KEPT_FOR = timedelta(hours=24)
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Reply:
    """What a program was answered; `body` is the text that was sent."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeated: bool = False


def once(
    *, person_id: int, key: str, request_hash: str, carry_out: Callable[[], Reply], now: datetime
) -> Reply:
    """Carries the request out, or gives the reply that it got when it was carried out before with this key.

    Key, effect and reply are one transaction: whoever comes second waits for the first and gets its reply. What was
    refused leaves no key, so that it may be sent again once the reason is gone. `carry_out` asks permission and
    records the activity; this only keeps the reply. Raises `Refused` (invalid) when the key came with another request.
    """
    with transaction.atomic():
        IdempotencyKey.objects.filter(person_id=person_id, created_at__lt=now - KEPT_FOR).delete()
        claim = IdempotencyKey(person_id=person_id, key=key, request_hash=request_hash, created_at=now)
        IdempotencyKey.objects.bulk_create([claim], ignore_conflicts=True)
        row = IdempotencyKey.objects.get(person_id=person_id, key=key)
        if row.request_hash != request_hash:
            raise Refused.field(
                "Idempotency-Key",
                "This key came with another request before.",
                "Use a new key for each request.",
            )
        if row.status is not None and row.reply is not None:
            return Reply(row.status, row.reply["body"], row.reply["headers"], is_repeated=True)
        reply = carry_out()
        if reply.status < 300:
            kept = {"body": reply.body, "headers": dict(reply.headers)}
            IdempotencyKey.objects.filter(pk=row.pk).update(status=reply.status, reply=kept)
        else:
            row.delete()
        return reply


def note_token_use(*, token_id: int, last_used_at: datetime | None, now: datetime) -> None:
    """Written at most once a minute, so that reading does not turn every request into a write."""
    if last_used_at is not None and now - last_used_at < USE_NOTED_EVERY:
        return
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    Token.objects.filter(long_ago, pk=token_id).update(last_used_at=now)
