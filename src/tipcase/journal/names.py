"""Names that stand in every journal: the places that are no case, the roles, the kinds of keys."""

from __future__ import annotations

import re

STAFF, PROVIDER = "staff", "provider"
ROLES = ("admin", "supervisor", "caseworker", "auditor")
# The handle of the printed seed.
RECOVERY = "recovery"
KEY_KINDS = ("hybrid", "x25519")

HANDLE = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]\Z|[a-z]\Z")
CASE_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\Z")
