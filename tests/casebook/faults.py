"""Faults put between tipcase and the system: the n-th thing that changes the disk goes wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

_CHANGES = ("open", "write", "fsync", "replace", "rename", "unlink", "ftruncate", "mkdir", "rmdir")


class Killed(BaseException):
    """Stands for the end of the process: nothing that it would still do reaches the disk."""


@dataclass
class Disk:
    """A disk on which step ``at`` fails, counted from 1.

    ``kind`` is ``kill`` (half of a write is done, then nothing more ever), ``ENOSPC`` (the step
    and every later one that needs space fails) or ``EIO`` (only that step fails).
    """

    at: int
    kind: str
    steps: list[str] = field(default_factory=list)

    def failure(self, name: str) -> BaseException | None:
        """What step ``name``, the next one, meets."""
        self.steps.append(name)
        number = len(self.steps)
        if self.kind == "kill" and number >= self.at:
            return Killed()
        if self.kind == "EIO" and number == self.at:
            return OSError(errno.EIO, "input/output error")
        if self.kind in ("ENOSPC", "EROFS") and number >= self.at and name in _needs(self.kind):
            return OSError(getattr(errno, self.kind), "the disk refuses")
        return None


def _needs(kind: str) -> tuple[str, ...]:
    return _CHANGES if kind == "EROFS" else ("open", "write", "mkdir")


@contextlib.contextmanager
def failing(at: int, kind: str) -> Iterator[Disk]:
    """Within the block the disk fails at a step; ``steps`` of what is yielded names them."""
    disk = Disk(at, kind)
    with pytest.MonkeyPatch.context() as patch:
        for name in _CHANGES:
            patch.setattr(os, name, _faulty(name, getattr(os, name), disk))
        yield disk


def _faulty(name: str, real: Callable[..., Any], disk: Disk) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if name == "open" and not args[1] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            return real(*args, **kwargs)
        # What is said to another program (git) is no change of the disk.
        if args[0] == os.devnull or (
            name == "write" and not stat.S_ISREG(os.fstat(args[0]).st_mode)
        ):
            return real(*args, **kwargs)
        failure = disk.failure(name)
        if failure is None:
            return real(*args, **kwargs)
        first = disk.kind != "kill" or len(disk.steps) == disk.at
        if name == "write" and first:
            real(args[0], args[1][: len(args[1]) // 2])
        raise failure

    return call
