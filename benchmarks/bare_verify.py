"""Hash every file of a casebook and check every signature, and nothing else, as a measure.

What ``verify`` cannot do without. It believes ``allowed_signers``, knows no order of entries, no
team and no current version, and takes whatever stands in the folder. Imports nothing of tipcase.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAMESPACE = b"tipcase.journal.v1"
SUFFIX = ".journal"


def main(root: str) -> int:
    """The number of signatures that were checked; a wrong one raises."""
    keys = signers(os.path.join(root, "staff", "allowed_signers"))
    checked = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(folder, name), "rb") as stream:
                data = stream.read()
            hashlib.sha256(data).hexdigest()
            if name.endswith(SUFFIX):
                checked += journal(data, keys[name.removesuffix(SUFFIX)])
    return checked


def signers(path: str) -> dict[str, Ed25519PublicKey]:
    """The key of every handle."""
    found = {}
    with open(path, encoding="ascii") as stream:
        for line in stream:
            handle, _, _, blob = line.split()[:4]
            found[handle] = Ed25519PublicKey.from_public_bytes(base64.b64decode(blob)[-32:])
    return found


def journal(data: bytes, key: Ed25519PublicKey) -> int:
    """Check every line of one journal; how many there were."""
    start = b"SSHSIG" + _string(NAMESPACE) + _string(b"") + _string(b"sha512")
    lines = data.splitlines()
    for line in lines:
        payload, _, signature = line.partition(b"\t")
        signed = start + _string(hashlib.sha512(payload).digest())
        key.verify(base64.b64decode(signature)[-64:], signed)
    return len(lines)


def _string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


if __name__ == "__main__":
    print(main(sys.argv[1]))
