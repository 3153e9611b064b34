"""API keys as text: `pdk_`, 200 random bits, and a checksum that reveals a mistyped key."""

import base64
import hashlib
import re
import secrets
import zlib

PREFIX = "pdk_"
_RANDOM_BYTES = 25
_RANDOM_LENGTH = 40
_CHECKSUM_BYTES = 4
_KEY = re.compile(r"pdk_[0-9a-v]{47}")
_SHOWN = 4


def new_key() -> str:
    """Return a new key."""
    random = _encode(secrets.token_bytes(_RANDOM_BYTES))
    return f"{PREFIX}{random}{_checksum(random)}"


def is_key(text: str) -> bool:
    """Tell whether the text has the form of a key, including its checksum."""
    if not _KEY.fullmatch(text):
        return False
    body = text.removeprefix(PREFIX)
    return body[_RANDOM_LENGTH:] == _checksum(body[:_RANDOM_LENGTH])


def digest_of(key: str) -> str:
    """Return what is stored of a key: its SHA-256 (hexadecimal)."""
    # No salt and no slow hash: nobody guesses 200 random bits.
    return hashlib.sha256(key.encode()).hexdigest()


def hint_of(key: str) -> str:
    """Return how a key begins and ends."""
    return f"{key[: len(PREFIX) + _SHOWN]}…{key[-_SHOWN:]}"


def _checksum(text: str) -> str:
    return _encode(zlib.crc32(text.encode()).to_bytes(_CHECKSUM_BYTES, "big"))


def _encode(data: bytes) -> str:
    return base64.b32hexencode(data).decode().rstrip("=").lower()
