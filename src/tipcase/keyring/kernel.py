"""The kernel's own keyring on Linux: a secret that the kernel itself forgets when its time is over.

A key of type ``user`` in the user keyring, under a random name, open to its possessor alone. The
kernel counts its time on the wall clock (``key_set_expiry``), so sleeping counts too; a clock that
is set back lengthens it. When the last process and session of a person has ended, the user keyring
goes, and the key with it. Secrets here are in the kernel's memory, which is never swapped out.

There is no wrapper in Python's library, so the system calls are made by their numbers. Sources:
add_key(2), keyctl(2), user-keyring(7), the kernel's ``include/uapi/linux/keyctl.h`` and its tables
of system calls. Where they are refused (containers often do) or unknown, ``OSError`` says so.
"""

from __future__ import annotations

import os
import sys

_KIND = b"user"
_PROCESS, _USER = -2, -4
_SETPERM, _REVOKE, _LINK, _UNLINK, _SEARCH, _READ, _SET_TIMEOUT = 5, 3, 8, 9, 10, 11, 15
# The possessor may view, read, search and set attributes, and nobody may do anything else.
_OWNER_ONLY = 0x2B000000
# (machine, bits of a pointer) → (add_key, keyctl). A process of 32 bits on a kernel of 64 bits
# would need the numbers of another table: it is left to the fallback.
_NUMBERS = {
    ("x86_64", 64): (248, 250),
    ("aarch64", 64): (217, 219),
    ("riscv64", 64): (217, 219),
    ("i386", 32): (286, 288),
    ("i586", 32): (286, 288),
    ("i686", 32): (286, 288),
    ("armv6l", 32): (309, 311),
    ("armv7l", 32): (309, 311),
}
# More than the kernel holds for us, so that a longer key is seen and not cut.
_MOST_BYTES = 256


def put(name: str, secret: bytes, seconds: int) -> None:
    """Keep a secret under a name for so many seconds; ``OSError`` where the kernel does not.

    Until its time is set the key is held by this process alone, so that a crash leaves none
    without an end.
    """
    if seconds < 1:
        raise ValueError("the kernel takes a time of nothing for no end at all")
    key = _add(name.encode("ascii"), secret)
    try:
        _control(_SET_TIMEOUT, key, seconds)
        _control(_LINK, key, _USER)
        _control(_SETPERM, key, _OWNER_ONLY)
    except OSError:
        _forget(key)
        raise
    _control(_UNLINK, key, _PROCESS)


def get(name: str) -> bytes | None:
    """The secret under a name, or None when it is gone; ``OSError`` where there is no keyring."""
    import ctypes

    try:
        key = _find(name)
        buffer = ctypes.create_string_buffer(_MOST_BYTES)
        size = _control(_READ, key, buffer, _MOST_BYTES)
    except (FileNotFoundError, PermissionError):
        return None
    except OSError as error:
        if error.errno in _gone():
            return None
        raise
    return buffer.raw[:size] if size <= _MOST_BYTES else None


def drop(name: str) -> None:
    """Make the kernel forget a secret now; nothing happens when it is gone."""
    try:
        key = _find(name)
    except OSError:
        return
    _forget(key)


def _find(name: str) -> int:
    # A session need not hold the user keyring, and a key that is not possessed cannot be read.
    _control(_LINK, _USER, _PROCESS)
    return _control(_SEARCH, _USER, _KIND, name.encode("ascii"), 0)


def _forget(key: int) -> None:
    import contextlib

    for words in ((_REVOKE, key), (_UNLINK, key, _USER), (_UNLINK, key, _PROCESS)):
        with contextlib.suppress(OSError):
            _control(*words)


def _gone() -> tuple[int, ...]:
    import errno

    return (errno.ENOKEY, errno.EKEYEXPIRED, errno.EKEYREVOKED)


def _numbers() -> tuple[int, int]:
    import errno

    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "no kernel keyring")
    bits = 64 if sys.maxsize > 2**32 else 32
    found = _NUMBERS.get((os.uname().machine, bits))
    if found is None:
        raise OSError(errno.ENOSYS, "no kernel keyring")
    return found


def _add(name: bytes, secret: bytes) -> int:
    return _call(_numbers()[0], _KIND, name, secret, len(secret), _PROCESS)


def _control(*words: object) -> int:
    return _call(_numbers()[1], *words)


def _call(*words: object) -> int:
    """One system call; its error becomes an ``OSError``."""
    # Few commands meet an unlocked identity: only they load this.
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    arguments = [ctypes.c_long(word) if isinstance(word, int) else word for word in words]
    answer: int = libc.syscall(*arguments)
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
