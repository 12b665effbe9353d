"""What this machine has seen of each working copy: pins and results, which nobody else may write.

Everything here stands in ``$TIPCASE_HOME/trust``, authenticated with a random key of this
machine's own (HMAC-SHA-256 over the name and the content), so that a file brought from elsewhere
is never taken for what this machine has seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from pathlib import Path
from typing import Any

from tipcase import files
from tipcase.errors import DamagedError, NotFoundError

_KEY_BYTES = 32


class Trust:
    """The trust folder of one working copy of a casebook.

    The working copy is known by its place on this machine: a copy elsewhere is another one.
    """

    def __init__(self, home: Path, working_copy: Path) -> None:
        place = str(working_copy.resolve()).encode("utf-8", "surrogatepass")
        self._root = home / "trust"
        self.folder = self._root / hashlib.sha256(place).hexdigest()[:16]
        self._key: bytes | None = None

    def load(self, name: str) -> Any:
        """What was saved under this name, or None.

        Raises ``DamagedError`` when the file is not what this machine wrote.
        """
        path = self.folder / f"{name}.json"
        if not files.exists(path):
            return None
        mac, _, content = files.read(path, "read what this machine trusts").partition(b"\n")
        if not hmac.compare_digest(mac, self._mac(name, content)):
            raise DamagedError(
                "what this machine remembers of the casebook was changed by somebody else",
                f"find out who wrote to {self.folder}; then move it away and run tipcase verify",
            )
        return json.loads(content)

    def save(self, name: str, value: Any) -> None:
        """Remember a JSON value under this name; the caller holds the device's lock."""
        content = json.dumps(value, separators=(",", ":")).encode("ascii")
        with files.refusals("remember what was seen"):
            _clear(files.private_folder(self.folder))
            data = self._mac(name, content) + b"\n" + content
            files.replace(self.folder / f"{name}.json", data)

    def keep(self, data: bytes) -> str:
        """Keep bytes under their own hash, for when the file they came from is changed.

        The caller holds the device's lock.
        """
        digest = files.sha256(data)
        folder = files.private_folder(self.folder / "kept")
        _clear(folder)
        if not files.exists(folder / digest):
            with files.refusals("remember what was seen"):
                files.replace(folder / digest, data)
        return digest

    def kept(self, digest: str) -> bytes | None:
        """Bytes that were kept under this hash, or None."""
        try:
            data = files.read(self.folder / "kept" / digest)
        except NotFoundError:
            return None
        return data if files.sha256(data) == digest else None

    def forget(self) -> None:
        """Forget a working copy that was never finished."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def lock_path(self) -> Path:
        """The lock of this device (one working copy on one machine)."""
        return files.private_folder(self.folder) / "device.lock"

    def _mac(self, name: str, content: bytes) -> bytes:
        # The folder is part of it: what was seen of one working copy says nothing of another.
        message = f"{self.folder.name}\0{name}\0".encode() + content
        return hmac.new(self._machine_key(), message, hashlib.sha256).hexdigest().encode("ascii")

    def _machine_key(self) -> bytes:
        if self._key is None:
            self._key = machine_key(self._root.parent)
        return self._key


def _clear(folder: Path) -> None:
    """Delete what a crash in the middle of an earlier write left."""
    for name in files.names(folder):
        if files.is_pending(name):
            (folder / name).unlink(missing_ok=True)


def machine_key(home: Path) -> bytes:
    """The random key of this machine's own, made when it is first needed; 32 bytes."""
    root = home / "trust"
    path = root / "machine.key"
    if not files.exists(path):
        files.private_folder(root)
        # Two processes may be the first at once, and a key must never be seen half-made.
        with files.lock(root / "machine.lock", "the key of this machine"):
            if not files.exists(path):
                # Most commands make no key: they need not load this.
                import secrets

                with files.refusals("make the key of this machine"):
                    files.replace(path, secrets.token_bytes(_KEY_BYTES))
    key = files.read(path, "read the key of this machine")
    if len(key) != _KEY_BYTES:
        raise DamagedError(
            "the key of this machine is damaged",
            f"move {root} away, then run tipcase verify",
        )
    return key
