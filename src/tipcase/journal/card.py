"""A person's card: the handle, the age recipient and the signing key, signed by that person.

The signature shows that whoever made the card holds the signing key; that the card is really
Sokha's, people tell each other by the words of ``fingerprint``.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from tipcase import age, sshsig
from tipcase.errors import DamagedError
from tipcase.journal import ops
from tipcase.journal.entry import canonical, entry_id

NAMESPACE = "tipcase.card.v1"


@dataclass(frozen=True, slots=True)
class Card:
    """Who somebody is to a casebook: handle, kind of key, age recipient, SSH public key."""

    handle: str
    keys: str
    recipient: str
    signing_key: str
    signature: str

    def as_json(self) -> dict[str, Any]:
        """The plain data of the card, as files and entries hold it."""
        return {**_signed_part(self), "signature": self.signature}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits in groups, to read out to each other."""
        digest = entry_id(canonical(_signed_part(self)))[:16]
        return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def make(handle: str, keys: str, recipient: str, signer: sshsig.SigningKey) -> Card:
    """A card signed by its own key."""
    bare = Card(handle, keys, recipient, signer.public, "")
    signature = signer.sign(NAMESPACE, canonical(_signed_part(bare)))
    return Card(handle, keys, recipient, signer.public, base64.b64encode(signature).decode("ascii"))


def read(value: Any) -> Card:
    """The card in plain data; ``DamagedError`` when its form or its signature is wrong."""
    if not ops.is_card(value):
        raise DamagedError(
            "this is not a card of tipcase", "ask its owner for the file HANDLE.card.yaml"
        )
    card = Card(
        value["handle"], value["keys"], value["recipient"], value["signing_key"], value["signature"]
    )
    try:
        signature = base64.b64decode(card.signature, validate=True)
    except (binascii.Error, ValueError):
        raise DamagedError("the signature of the card is not base64") from None
    if base64.b64encode(signature).decode("ascii") != card.signature:
        raise DamagedError("the signature of the card is not in its one spelling")
    if not _holds_a_key(card):
        raise DamagedError(
            "the card holds no key of the kind that it names", "ask its owner for the card again"
        )
    sshsig.verify(card.signing_key, NAMESPACE, canonical(_signed_part(card)), signature)
    return card


def _holds_a_key(card: Card) -> bool:
    try:
        return age.parse_recipient(card.recipient).kind == card.keys
    except age.AgeError:
        return False


def _signed_part(card: Card) -> dict[str, Any]:
    return {
        "format": 1,
        "handle": card.handle,
        "keys": card.keys,
        "recipient": card.recipient,
        "signing_key": card.signing_key,
    }
