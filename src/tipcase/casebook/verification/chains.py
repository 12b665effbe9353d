"""The chains of devices: each numbers its entries over the whole casebook, so a gap shows.

A device is one working copy on one machine: who shares the machine shares its chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tipcase.journal.entry import Signed

# Gaps of one device that are told one by one.
_TOLD = 5


class Link(NamedTuple):
    """What of an entry makes it a link of its device's chain."""

    device: str
    seq: int
    id: str
    prev: str | None
    signer: str
    time: str


def link(signed: Signed) -> Link:
    """The link that an entry is."""
    entry = signed.entry
    return Link(entry.device, entry.seq, signed.id, entry.prev, entry.signer, entry.time)


def device_chains(
    entries: Iterable[Link], aside: Iterable[Link] = ()
) -> tuple[list[str], list[str]]:
    """Numbers that are missing from the chain of a device, and numbers that were given twice.

    What was set aside took its number too, but says nothing of how many there were.
    """
    chains: dict[str, dict[int, list[Link]]] = {}
    for item in entries:
        chains.setdefault(item.device, {}).setdefault(item.seq, []).append(item)
    for item in aside:
        known = chains.get(item.device)
        if known and item.seq < max(known):
            known.setdefault(item.seq, [item])
    missing, twice = [], []
    for device, chain in sorted(chains.items()):
        signers = " and ".join(sorted({item.signer for group in chain.values() for item in group}))
        # Counted, never listed: a forged number may be as high as its writer likes.
        gone = max(chain) - len(chain)
        if gone:
            what = "1 entry" if gone == 1 else f"{gone} entries"
            gaps = list(_gaps(chain))
            more = f"; and {len(gaps) - _TOLD} more gaps" if len(gaps) > _TOLD else ""
            missing.append(
                f"{what} of {signers} {'is' if gone == 1 else 'are'} missing "
                f"(device {device}): {'; '.join(gaps[:_TOLD])}{more}"
            )
        if any(len({item.id for item in group}) > 1 for group in chain.values()):
            twice.append(f"device {device} of {signers} gave a number twice: a restored backup?")
        elif not gone and not _linked(chain):
            missing.append(f"the chain of device {device} of {signers} does not hold together")
    return missing, twice


def _gaps(chain: dict[int, list[Link]]) -> Iterator[str]:
    """Each range of numbers that are missing, and between which times they were given."""
    numbers = sorted(chain)
    for before, after in pairwise([0, *numbers]):
        if after == before + 1:
            continue
        first, last = before + 1, after - 1
        told = f"number {first}" if first == last else f"numbers {first} to {last}"
        since = f"after {chain[before][0].time} and " if before else ""
        yield f"{told}, {since}before {chain[after][0].time}"


def _linked(chain: dict[int, list[Link]]) -> bool:
    """Whether each entry of a device names the one before it."""
    before = None
    for number in sorted(chain):
        if chain[number][0].prev != before:
            return False
        before = chain[number][0].id
    return True
