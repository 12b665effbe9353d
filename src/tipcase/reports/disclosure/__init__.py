"""Tables that may leave the house: small numbers are hidden, and cannot be worked out.

``protect`` is the way in. It takes a table (``reports.tables.Frame``), a ``Policy``, and what was
published before; it answers with what may be printed, after attacking it with everything that
anybody outside can read.
"""

from tipcase.reports.disclosure.policy import (
    Audit,
    Earlier,
    NotProtectableError,
    Policy,
    Printed,
    Protected,
    Shown,
)
from tipcase.reports.disclosure.protection import protect

__all__ = [
    "Audit",
    "Earlier",
    "NotProtectableError",
    "Policy",
    "Printed",
    "Protected",
    "Shown",
    "protect",
]
