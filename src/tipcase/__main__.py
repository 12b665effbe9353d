"""``python -m tipcase``."""

import sys

from tipcase.cli import program

if __name__ == "__main__":
    sys.exit(program())
