"""What is found about a journal while it is judged, and of which kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tipcase.journal.entry import Entry
from tipcase.journal.names import RECOVERY

# ``late``: set aside because its signer had left or has other keys by now, and a member may adopt
# it. ``replaced``: by a recovery seed, or on the staff by somebody, that no longer counts.
# ``refused``: its signer could not do this. ``orphan``: it builds on what is not here. ``told``:
# it counts, and a person should know.
Kind = Literal["late", "replaced", "refused", "orphan", "told"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a journal that a person should know; damage is exit 7, the rest warns."""

    entry: str
    text: str
    damage: bool
    kind: Kind


def worth_telling(entry: Entry) -> str:
    """What everybody should hear of an entry of the staff: the seed was used, keys were replaced.

    Empty for the others, and where somebody replaced keys with their own old ones.
    """
    handle = entry.data["card"]["handle"] if "card" in entry.data else ""
    if entry.op == "staff-add" and entry.signer == RECOVERY:
        return f"{handle} was put on the staff with the recovery seed"
    if entry.op == "keys" and handle != entry.signer:
        return f"the keys of {handle} were replaced by {entry.signer}"
    return ""
