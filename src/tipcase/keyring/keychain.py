"""The operating system's keychain on macOS and Windows, where there is no kernel keyring.

It keeps a secret for the person who is logged in, encrypted on the disk with their password. It
knows no end time: the next command after it removes the secret. Only the system's own keychain is
used, by name: the library ``keyring`` would else take whatever a file in the person's home names,
plain text included.
"""

from __future__ import annotations

import sys
from typing import Any

_SERVICE = "tipcase unlocked"


class KeychainError(Exception):
    """There is no keychain here, or it refused; the text never tells what was kept."""


def put(name: str, secret: str) -> None:
    """Keep a secret under a name; ``KeychainError`` where it cannot be kept."""
    _ask("set_password", name, secret)


def get(name: str) -> str | None:
    """The secret under a name, or None when it is not there."""
    found = _ask("get_password", name)
    return found if isinstance(found, str) else None


def drop(name: str) -> None:
    """Remove a secret; nothing happens when it is gone."""
    import contextlib

    with contextlib.suppress(KeychainError):
        _ask("delete_password", name)


def _ask(what: str, *words: str) -> Any:
    backend = _backend()
    try:
        return getattr(backend, what)(_SERVICE, *words)
    except Exception:
        # The library's errors differ by system, and may quote what they were given.
        raise KeychainError("the keychain refused") from None


def _backend() -> Any:
    try:
        if sys.platform == "darwin":
            from keyring.backends import macOS

            return macOS.Keyring()
        if sys.platform == "win32":
            from keyring.backends import Windows

            return Windows.WinVaultKeyring()
    except Exception:
        # Missing, or built for another system: all the same to us.
        raise KeychainError("there is no keychain") from None
    raise KeychainError("there is no keychain")
