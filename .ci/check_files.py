"""Refuse what must not be committed: large files, and private keys that are no public example.

``check_files.py [FILE…]``; without a file, every file that git knows or would add. Says which
file and why, never what stands in it. Exit code 1 if there is anything.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LIMIT = 1 << 20
"""Bytes. The largest thing that belongs here is a lock file or an edition, a tenth of this."""

PUBLIC_KEYS = (
    "sample-cases/demo-identity.txt",
    "tests/age/vectors/",
    "tests/fixtures/format-1/keys/",
)
"""Keys of invented people, published with a warning: they protect nothing."""

PRIVATE_KEY = re.compile(
    rb"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}"
    rb"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=]{40,}"
)


def known_files() -> list[str]:
    """Every path that git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout
    return [name for name in listing.decode().split("\0") if name]


def fault(name: str) -> str | None:
    """What is wrong with one file, or None."""
    path = Path(name)
    if path.is_symlink() or not path.is_file():
        return None
    if path.stat().st_size > LIMIT:
        return f"{name}: larger than {LIMIT >> 10} KiB"
    if not name.startswith(PUBLIC_KEYS) and PRIVATE_KEY.search(path.read_bytes()):
        return f"{name}: a private key"
    return None


def main(names: list[str]) -> int:
    """Check the files named, or all of them."""
    faults = [found for name in names or known_files() if (found := fault(name))]
    for line in faults:
        print(line, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
