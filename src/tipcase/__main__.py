"""``python -m tipcase``."""

import sys

from tipcase.cli import main

if __name__ == "__main__":
    sys.exit(main())
