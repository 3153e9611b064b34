"""Secrets of webhooks, sealed: who reads the database, or a backup of it, cannot sign with them.

A sealed secret is `v1.<key>.<text>`: which key opens it, and what AES-256-GCM made of the secret,
bound to the id of its webhook. Keys come from PDARTS_SECRETS_KEY, the first one for sealing, or
from a file in the home that the first API process makes.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.private_files import make_private_folder, open_private
from store.settings import KEY_BYTES, Settings, parse_key

_FORM = "v1"
_NONCE_BYTES = 12
_NAME_BYTES = 6
_PREFIX = "whsec_"


class SecretLost(Exception):
    """No key at hand opens the secret."""


class SecretBox:
    """Seals and opens secrets.

    Args:
        keys: of 32 bytes each; the first one seals, all of them open.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name(key): AESGCM(key) for key in reversed(keys)}
        self._name = _name(keys[0])

    @classmethod
    def of(cls, settings: Settings) -> "SecretBox":
        """Return the box of an installation; makes a key where there is none. Raises OSError."""
        file = settings.home / "secrets.key"
        if not settings.secrets_key:
            return cls([_key_in(file)])
        # What was sealed before the setting was made stays readable.
        with suppress(FileNotFoundError):
            return cls([*settings.secrets_keys, parse_key(file.read_text())])
        return cls(settings.secrets_keys)

    def seal(self, secret: str, webhook_id: str) -> str:
        """Return a secret (`whsec_…`) as it is stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        sealed = nonce + self._keys[self._name].encrypt(nonce, plain, webhook_id.encode())
        return ".".join((_FORM, self._name, base64.urlsafe_b64encode(sealed).decode()))

    def open(self, stored: str, webhook_id: str) -> str:
        """Return the secret that was stored, sealed or, long ago, as it is.

        Raises:
            SecretLost: it was sealed with another key, or for another webhook.
        """
        if stored.startswith(_PREFIX):
            return stored
        try:
            form, name, text = stored.split(".")
            sealed = base64.urlsafe_b64decode(text)
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            if form != _FORM:
                raise SecretLost(
                    f"the secret of {webhook_id} is stored in a form that this version does not "
                    "know; update the service, or create the webhook again"
                )
            plain = self._keys[name].decrypt(nonce, rest, webhook_id.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise SecretLost(
                f"no key in PDARTS_SECRETS_KEY or secrets.key decrypts the secret of {webhook_id}; "
                "restore the old key, or create the webhook again"
            ) from error
        return _PREFIX + base64.b64encode(plain).decode()

    def is_current(self, stored: str) -> bool:
        """Tell whether a secret is sealed with the key that seals now."""
        return stored.startswith(f"{_FORM}.{self._name}.")


def _name(key: bytes) -> str:
    digest = hashlib.sha256(b"name of " + key).digest()[:_NAME_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def _key_in(file: Path) -> bytes:
    """Return the key in a file, which one of several processes makes."""
    if not file.exists():
        make_private_folder(file.parent)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with open_private(draft, "wb") as opened:
            opened.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    return parse_key(file.read_text())
