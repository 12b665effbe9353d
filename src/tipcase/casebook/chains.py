"""The chains of devices: each numbers its entries over the whole casebook, so a gap shows.

A device is one working copy on one machine: who shares the machine shares its chain.
"""

from __future__ import annotations

from collections.abc import Iterable

from tipcase.journal.entry import Signed


def device_chains(
    entries: Iterable[Signed], aside: Iterable[Signed] = ()
) -> tuple[list[str], list[str]]:
    """Numbers that are missing from the chain of a device, and numbers that were given twice.

    What was set aside took its number too, but says nothing of how many there were.
    """
    chains: dict[str, dict[int, list[Signed]]] = {}
    for signed in entries:
        chains.setdefault(signed.entry.device, {}).setdefault(signed.entry.seq, []).append(signed)
    for signed in aside:
        known = chains.get(signed.entry.device)
        if known and signed.entry.seq < max(known):
            known.setdefault(signed.entry.seq, [signed])
    missing, twice = [], []
    for device, chain in sorted(chains.items()):
        signer = " and ".join(sorted({s.entry.signer for group in chain.values() for s in group}))
        # Counted, never listed: a forged number may be as high as its writer likes.
        gone = max(chain) - len(chain)
        if gone:
            first, after = next(
                (n, seq) for n, seq in enumerate(sorted(chain), start=1) if n != seq
            )
            missing.append(
                f"{gone} entries of {signer} are missing (device {device}, from number "
                f"{first}, before {chain[after][0].entry.time})"
            )
        if any(len({s.id for s in group}) > 1 for group in chain.values()):
            twice.append(f"device {device} of {signer} gave a number twice: a restored backup?")
        elif not gone and not _linked(chain):
            missing.append(f"the chain of device {device} of {signer} does not hold together")
    return missing, twice


def _linked(chain: dict[int, list[Signed]]) -> bool:
    """Whether each entry of a device names the one before it."""
    before = None
    for number in sorted(chain):
        if chain[number][0].entry.prev != before:
            return False
        before = chain[number][0].id
    return True
