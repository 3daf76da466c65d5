"""Keeps the credentials of other systems encrypted at rest, with a key that is derived from the installation's."""

import base64
import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"throughline: credentials of connected tools"


class SealBroken(Exception):
    """What was sealed cannot be opened with the keys at hand: the installation's key was changed."""


def seal(secrets: Mapping[str, str], keys: Sequence[str]) -> str:
    """Encrypted with the first key; nothing for nothing."""
    return _cipher(keys).encrypt(json.dumps(dict(secrets)).encode()).decode("ascii") if secrets else ""


def unseal(sealed: str, keys: Sequence[str]) -> dict[str, str]:
    """What `seal` was given; any of the keys may have sealed it. SealBroken where none fits."""
    if not sealed:
        return {}
    try:
        opened = json.loads(_cipher(keys).decrypt(sealed.encode("ascii")))
    except (InvalidToken, UnicodeEncodeError) as error:
        raise SealBroken("The stored credentials cannot be read with the installation's key.") from error
    return {str(name): str(value) for name, value in opened.items()}


def _cipher(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
