"""Files that are derived from the journals for people and for ssh-keygen: never read back.

``verify`` compares them with what the journals say; writers of the staff make them anew.
"""

from __future__ import annotations

from tipcase import documents
from tipcase.journal.card import NAMESPACE as CARD_NAMESPACE
from tipcase.journal.entry import NAMESPACE
from tipcase.journal.roster import Roster

ROSTER, SIGNERS = "staff/roster.yaml", "staff/allowed_signers"

GIT_ATTRIBUTES = b"""# Written by tipcase init. Records are bytes: git never changes or merges them.
* -text
*.age binary
*.journal merge=union
casebook.yaml -merge
"""

# An allow-list: whatever is not named here is never committed, so a stray plaintext stays out.
GIT_IGNORE = b"""# Written by tipcase init. Everything is ignored but the files of the casebook.
*
!/.gitignore
!/.gitattributes
!/casebook.yaml
!*/
!/staff/roster.yaml
!/staff/allowed_signers
!/staff/journal/*.journal
!/provider/case.yaml
!/provider/**/*.age
!/provider/journal/*.journal
!/cases/*/case.yaml
!/cases/*/**/*.age
!/cases/*/journal/*.journal
!/schemas/**
!/templates/**
.pending-*
.lock
.new-*
"""


# What `init` writes for git, by name; only its lines count, people may add remarks.
GIT_FILES = {".gitattributes": GIT_ATTRIBUTES, ".gitignore": GIT_IGNORE}


def git_lines(data: bytes) -> list[bytes]:
    """The lines of such a file that git heeds."""
    return [line for line in data.splitlines() if line and not line.startswith(b"#")]


def roster_yaml(roster: Roster) -> bytes:
    """staff/roster.yaml: who is on the staff, with roles and fingerprints."""
    people = {
        handle: {
            "roles": sorted(member.roles),
            "keys": member.card.keys,
            "fingerprint": member.card.fingerprint,
            "recipient": member.card.recipient,
            "signing_key": member.card.signing_key,
        }
        for handle, member in sorted(roster.now.items())
    }
    head = "# Derived from staff/journal; nothing reads it back. tipcase verify checks it.\n"
    return (head + documents.dump({"casebook": roster.casebook, "staff": people})).encode("utf-8")


def allowed_signers(roster: Roster) -> bytes:
    """staff/allowed_signers for ssh-keygen: every key that ever counted, departed people's too."""
    spaces = f'namespaces="{NAMESPACE},{CARD_NAMESPACE}"'
    lines = [
        f"{handle} {spaces} {key}"
        for handle, cards in sorted(roster.everyone().items())
        for key in dict.fromkeys(card.signing_key for card in cards)
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


def files_of(roster: Roster) -> dict[str, bytes]:
    """Every derived file of the staff by its path in the casebook."""
    return {ROSTER: roster_yaml(roster), SIGNERS: allowed_signers(roster)}
