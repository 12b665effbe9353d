"""Whole age files: header, nonce and payload, in memory or streamed."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from tipcase.age import armor, header, stream
from tipcase.age.errors import HeaderError, HmacError, NoMatchError, RecipientsError
from tipcase.age.header import MAX_HEADER_SIZE, MAX_STANZAS, Header
from tipcase.age.keys import Identity, Recipient
from tipcase.age.stream import Part, Source
from tipcase.age.wrapping import FILE_KEY_SIZE, derive, mac

_NONCE_SIZE = 16


def encrypt(plaintext: bytes, recipients: Iterable[Recipient]) -> bytes:
    """Encrypt to one or more recipients, as a binary age file; raises RecipientsError."""
    start, key = _begin(tuple(recipients))
    return b"".join((start, *stream.seal(key, [(plaintext, True)])))


def decrypt(ciphertext: bytes, identities: Iterable[Identity]) -> bytes:
    """Decrypt an age file, binary or armored, with the first identity that opens it.

    Raises ArmorError, HeaderError, NoMatchError, HmacError or PayloadError, in this order.
    """
    data = armor.decode(ciphertext) if armor.is_armored(ciphertext) else ciphertext
    head = header.parse(data)
    payload = memoryview(data)[head.size :]
    key = _payload_key(_file_key(head, identities), payload[:_NONCE_SIZE])
    return stream.unsealed(key, payload[_NONCE_SIZE:])


def encrypt_stream(source: Source, recipients: Iterable[Recipient]) -> Iterator[Part]:
    """Encrypt what a file holds, in constant memory; yields the parts of a binary age file."""
    start, key = _begin(tuple(recipients))
    first: Iterable[Part] = (start,)
    return chain(first, stream.seal(key, stream.read(source, stream.BLOCK_SIZE)))


def decrypt_stream(source: Source, identities: Iterable[Identity]) -> Iterator[Part]:
    """Decrypt a binary age file in constant memory; yields its content block by block.

    The header is judged at once, as by `decrypt`. A PayloadError can come after any block, and
    then everything that was yielded is to be thrown away.
    """
    begun = _read_up_to(source, MAX_HEADER_SIZE + _NONCE_SIZE)
    head = header.parse(begun)
    payload = head.size + _NONCE_SIZE
    key = _payload_key(_file_key(head, identities), begun[head.size : payload])
    return stream.unseal(key, stream.read(source, stream.SEALED_BLOCK_SIZE, begun[payload:]))


def _begin(recipients: Sequence[Recipient]) -> tuple[bytes, bytes]:
    """The header and nonce of a new file, and the key of its payload."""
    _refuse_mixture(recipients)
    file_key = os.urandom(FILE_KEY_SIZE)
    nonce = os.urandom(_NONCE_SIZE)
    covered = header.cover(recipient.wrap(file_key) for recipient in recipients)
    closed = header.close(covered, _mac(file_key, covered))
    return closed + nonce, derive(file_key, nonce, b"payload")


def _refuse_mixture(recipients: Sequence[Recipient]) -> None:
    kinds = {recipient.kind for recipient in recipients}
    if not 1 <= len(recipients) <= MAX_STANZAS:
        raise RecipientsError(f"a file has from 1 to {MAX_STANZAS} recipients")
    if "scrypt" in kinds and len(recipients) > 1:
        raise RecipientsError("a passphrase must be the only recipient of a file")
    if "hybrid" in kinds and len(kinds) > 1:
        # Whoever breaks X25519 later would read the file through the weaker stanza.
        raise RecipientsError(
            "a file cannot have post-quantum and classic recipients",
            "use keys of one kind in a casebook",
        )


def _file_key(head: Header, identities: Iterable[Identity]) -> bytes:
    """Unwrap the file key and check the header's MAC with it."""
    # Whoever knows a passphrase expects that only those who know it can have written the file.
    if len(head.stanzas) > 1 and any(stanza.type == "scrypt" for stanza in head.stanzas):
        raise HeaderError("the header of an age file has a passphrase beside other recipients")
    for identity in identities:
        file_key = identity.unwrap(head.stanzas)
        if file_key is not None:
            break
    else:
        raise _no_match(head)
    if not hmac.compare_digest(_mac(file_key, head.covered), head.mac):
        raise HmacError(
            "the header of an age file was changed after it was written",
            "bring it back from a copy",
        )
    return file_key


def _mac(file_key: bytes, covered: bytes) -> bytes:
    return mac(derive(file_key, b"", b"header"), covered)


def _payload_key(file_key: bytes, nonce: bytes | memoryview) -> bytes:
    if len(nonce) != _NONCE_SIZE:
        raise HeaderError("an age file is cut behind its header", "bring it back from a copy")
    return derive(file_key, bytes(nonce), b"payload")


def _no_match(head: Header) -> NoMatchError:
    if head.stanzas[0].type == "scrypt":
        return NoMatchError("this passphrase does not open the file", "try the passphrase again")
    return NoMatchError(
        "no identity at hand opens the file", "choose another one with --identity FILE"
    )


def _read_up_to(source: Source, size: int) -> bytes:
    parts = []
    while size > 0 and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
