"""The command line: one module a command or close family, loaded only when it is named."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

# Objects that a command makes before the collector first looks for cycles among them: with Python's
# usual 700 a second report spends a twentieth of its time on looking.
_COLLECT_AFTER = 100_000


def program() -> int:
    """Run the command that was typed, as the last thing that this process does."""
    gc.set_threshold(_COLLECT_AFTER)
    code = main()
    # What is left is the system's to clear: looking through it once more takes a tenth of a report.
    gc.freeze()
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        # The commonest question of a script must not wait for a framework.
        from tipcase import __version__

        print(f"tipcase {__version__}")
        return 0
    from tipcase.cli.root import run

    return run(words)
