"""The unlocked identity: open for a stated time, for its owner alone, with somebody who ends it.

The identity stands in a file, encrypted with ChaCha20-Poly1305. One part of its key is the secret
of this machine (``trust``), so that a file planted by somebody else is never taken for ours. A part
of its own, made for each unlock, stands in the home: ``remove`` deletes it, and so ends that of
another session too, wherever it has its folder in RAM. The last part is with an **enforcer**
of the end:

- ``kernel``: the kernel's keyring, which forgets it when the time is over: the file is then
  rubbish, whatever else happens or does not happen on the machine;
- ``keychain``: the operating system's keychain, which keeps it for the person who is logged in;
  the next command after the end removes it;
- ``nobody``: the file alone, in RAM; the next command after the end removes it.

The times stand in the header of the file, which is bound to the ciphertext together with the home
that it belongs to. The end counts by the clock and, so that a clock which is set back helps nobody,
also by how long the machine has been on; a clock that stands before the beginning ends it too.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tipcase import files, settings
from tipcase.errors import MachineError, NotFoundError, TipcaseError
from tipcase.keyring import kernel, keychain
from tipcase.keyring.ram import check_own, is_own
from tipcase.keyring.ram import own_folder as own_folder
from tipcase.keyring.trust import machine_key

KERNEL, KEYCHAIN, NOBODY = "kernel", "keychain", "nobody"
_LABEL = b"tipcase unlocked v2"
_KEY_BYTES = 32
_NONCE_BYTES = 12
# Clocks are corrected by a few seconds while they run; a longer step back is no correction.
_SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Unlocked:
    """An identity that is unlocked until a time (UTC), and who ends it."""

    until: datetime
    identity: str = field(repr=False)
    enforcer: str = NOBODY


@dataclass(frozen=True)
class _Header:
    """The first line of the file: from when until when, and who has the last part of the key."""

    since: datetime
    until: datetime
    running: float | None
    enforcer: str
    name: str

    def line(self) -> bytes:
        value = {
            "enforcer": self.enforcer,
            "name": self.name,
            "running": self.running,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }
        return json.dumps(value, sort_keys=True).encode("ascii")

    def over(self, now: datetime) -> bool:
        """Whether the time is over, by the clock or by how long the machine has been on."""
        if now >= self.until or self.since - now > _SLACK:
            return True
        running = _running()
        if running is None or self.running is None:
            return False
        span = (self.until - self.since).total_seconds() + _SLACK.total_seconds()
        return not 0 <= running - self.running <= span


def store(home: Path, identity: str, until: datetime, now: datetime) -> str:
    """Keep an identity until a time; the enforcer of its end.

    Raises ``MachineError`` where there is neither a folder in RAM nor an enforcer.
    """
    remove(home)
    secret = os.urandom(_KEY_BYTES)
    # A name of its own each time: what somebody put under an earlier one is never met.
    name = os.urandom(16).hex()
    enforcer = _entrust(_key_name(name), secret, until - now)
    header = _Header(now, until, _running(), enforcer, name)
    try:
        path = _place(home, enforcer)
        line = header.line()
        machine = machine_key(home)
        with files.refusals("keep the unlocked identity"):
            own = os.urandom(_KEY_BYTES)
            files.replace(_own_key(home), own)
            key = _key(machine + own, secret if enforcer != NOBODY else b"")
            files.replace(path, line + b"\n" + _seal(key, identity, _bound(home, line)))
    except BaseException:
        files.remove(_own_key(home))
        _release(enforcer, _key_name(header.name))
        raise
    return enforcer


def read(home: Path, now: datetime) -> Unlocked | None:
    """The unlocked identity, or None; one whose time is over is removed here."""
    found = _open(home, now)
    # Where nothing is seen, another session may have one that stands where this one cannot look.
    if found is None and _existing(home):
        remove(home)
    return found


def end(home: Path, now: datetime) -> None:
    """Remove an identity whose time is over, without opening one whose time is not."""
    headers = [_header(path) for path in _existing(home)]
    if headers and all(header is None or header.over(now) for header in headers):
        remove(home)


def remove(home: Path) -> bool:
    """Remove the unlocked identity and its key, of every session; whether there was one."""
    paths = _existing(home)
    for path in paths:
        try:
            header = _header(path)
        except TipcaseError:
            header = None
        if header is not None:
            _release(header.enforcer, _key_name(header.name))
    with files.refusals("remove the unlocked identity"):
        # The key first: without it no file opens, whatever keeps us from removing one.
        paths = [path for path in (_own_key(home), *paths) if os.path.lexists(path)]
        for path in paths:
            path.unlink(missing_ok=True)
    return bool(paths)


def enforcer_here() -> str | None:
    """Who would end an unlock on this machine; None where nothing can be unlocked."""
    name = _key_name(os.urandom(16).hex())
    try:
        # The kernel counts whole seconds of its clock: one second may be over at once.
        enforcer = _entrust(name, os.urandom(_KEY_BYTES), timedelta(seconds=10))
    except MachineError:
        return None
    _release(enforcer, name)
    return enforcer


# -- the file --


def _open(home: Path, now: datetime) -> Unlocked | None:
    opened = (_open_at(home, path, now) for path in _existing(home))
    return next((found for found in opened if found is not None), None)


def _open_at(home: Path, path: Path, now: datetime) -> Unlocked | None:
    header = _header(path)
    if header is None or header.over(now):
        return None
    secret = _fetch(header)
    if secret is None:
        return None
    line, _, sealed = files.read(path, "read the unlocked identity").partition(b"\n")
    try:
        own = files.read(_own_key(home), "read the key of the unlocked identity")
    except NotFoundError:
        return None
    identity = _unseal(_key(machine_key(home) + own, secret), sealed, _bound(home, line))
    return None if identity is None else Unlocked(header.until, identity, header.enforcer)


def _existing(home: Path) -> list[Path]:
    """The files of this home that are there: in RAM, of any session, or in the home itself."""
    ram = settings.ram_folder()
    if ram is not None and os.path.lexists(ram):
        check_own(ram)
    # What somebody else put where only another session of ours would look is not our concern.
    others = [one for one in settings.ram_folders() if one != ram and is_own(one)]
    folders = [*([] if ram is None else [ram]), *others]
    candidates = [*(folder / _file_name(home) for folder in folders), home / "unlocked"]
    return [path for path in candidates if os.path.lexists(path)]


def _place(home: Path, enforcer: str) -> Path:
    """Where the file is to stand: in RAM; else in the home, if its key is not on the disk.

    Raises ``MachineError`` where it would stand on the disk beside its only key.
    """
    ram = settings.ram_folder()
    if ram is not None:
        own_folder(ram)
        return ram / _file_name(home)
    if enforcer == NOBODY:
        raise _nowhere()
    return files.private_folder(home) / "unlocked"


def _file_name(home: Path) -> str:
    return hashlib.sha256(str(home).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _header(path: Path) -> _Header | None:
    """The header of a file; None where it is not one that we wrote."""
    try:
        value = json.loads(files.read(path, "read the unlocked identity").partition(b"\n")[0])
        running = value["running"]
        header = _Header(
            datetime.fromisoformat(value["since"]),
            datetime.fromisoformat(value["until"]),
            None if running is None else float(running),
            str(value["enforcer"]),
            str(value["name"]),
        )
        # A time without a zone cannot be compared with ours.
        aware = header.since.tzinfo is not None and header.until.tzinfo is not None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, NotFoundError):
        return None
    return header if aware else None


def _running() -> float | None:
    """Seconds since the machine was started, sleep included; None where the system does not say."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return None if clock is None else time.clock_gettime(clock)


# -- the key --


def _entrust(name: str, secret: bytes, span: timedelta) -> str:
    """Give half of the key to the strongest enforcer there is; which one took it."""
    seconds = max(1, -int(-span.total_seconds() // 1))
    try:
        kernel.put(name, secret, seconds)
        if kernel.get(name) == secret:
            return KERNEL
        kernel.drop(name)
    except OSError:
        pass  # not Linux, or a container that forbids it
    try:
        keychain.put(name, secret.hex())
        if keychain.get(name) == secret.hex():
            return KEYCHAIN
        keychain.drop(name)
    except keychain.KeychainError:
        pass
    if settings.ram_folder() is None:
        raise _nowhere()
    return NOBODY


def _key_name(name: str) -> str:
    return f"tipcase:{name}"


def _fetch(header: _Header) -> bytes | None:
    """The half of the key that the enforcer still has; None when it is gone."""
    try:
        if header.enforcer == KERNEL:
            return kernel.get(_key_name(header.name))
        if header.enforcer == KEYCHAIN:
            found = keychain.get(_key_name(header.name))
            return None if found is None else bytes.fromhex(found)
    except (OSError, ValueError, keychain.KeychainError):
        return None
    return b"" if header.enforcer == NOBODY else None


def _release(enforcer: str, name: str) -> None:
    """Let the enforcer forget its half now."""
    if enforcer == KERNEL:
        kernel.drop(name)
    elif enforcer == KEYCHAIN:
        keychain.drop(name)


def _own_key(home: Path) -> Path:
    """The file of the part of the key that is made for each unlock."""
    return home / "trust" / "unlocked.key"


def _key(ours: bytes, secret: bytes) -> bytes:
    """The key from the parts that stand in the home and the one that the enforcer has."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), _KEY_BYTES, salt=secret, info=_LABEL).derive(ours)


def _bound(home: Path, line: bytes) -> bytes:
    """What the ciphertext is bound to: the home and the header."""
    place = str(home).encode("utf-8", "surrogatepass")
    return b"\0".join((_LABEL, hashlib.sha256(place).digest(), line))


def _seal(key: bytes, identity: str, bound: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, identity.encode("utf-8"), bound)


def _unseal(key: bytes, sealed: bytes, bound: bytes) -> str | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, bound).decode("utf-8")
    except (InvalidTag, ValueError):
        return None


def _nowhere() -> MachineError:
    return MachineError(
        "this machine has no folder in RAM to keep an unlocked identity in, and no keychain",
        "give the passphrase at each command instead",
    )
