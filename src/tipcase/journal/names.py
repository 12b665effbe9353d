"""Names that stand in every journal: the places that are no case, the roles, the kinds of keys."""

from __future__ import annotations

import re

STAFF, PROVIDER = "staff", "provider"
ROLES = ("admin", "supervisor", "caseworker", "auditor")
# The handle of the printed seed.
RECOVERY = "recovery"
KEY_KINDS = ("hybrid", "x25519")

# Names that Windows keeps for devices: a journal of that name could not be checked out there.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(10)}
# What no person may be called.
RESERVED = frozenset({*_DEVICES, RECOVERY, STAFF, PROVIDER})

HANDLE = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]\Z|[a-z]\Z")
CASE_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\Z")
