"""How much a document may be, in one place, so that the light modules need nothing else."""

from __future__ import annotations

import re

MAX_BYTES = 4 * 1024 * 1024  # a thousand times the usual record; longer texts are not records
MAX_DEPTH = 32  # schemas nest four deep; low enough that no recursion comes near its limit
MAX_NODES = 10_000  # bounds the seconds that a hostile text can cost the careful reader
MAX_KEY = 128  # characters; fully escaped it still fits in YAML's 1,024 for a simple key

# What no value may hold: a terminal would obey it. U+0085 is let through as an escape in quotes.
VALUE_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
