from __future__ import annotations

import hmac
import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tipcase import age
from tipcase.age import header, stream
from tipcase.age.header import MAX_HEADER_SIZE, Stanza
from tipcase.age.stream import BLOCK_SIZE, CHUNK_SIZE, SEALED_BLOCK_SIZE, SEALED_CHUNK_SIZE
from tipcase.age.wrapping import derive

KEY = bytes(range(32))
SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE + 7]
SIZES += [BLOCK_SIZE, BLOCK_SIZE + 1, 2 * BLOCK_SIZE + CHUNK_SIZE]


def content(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(251)) * (size // 251) + bytes(size % 251)


def seal(data: bytes) -> list[bytes]:
    whole = b"".join(stream.seal(KEY, [(data, True)]))
    return [whole[at : at + SEALED_CHUNK_SIZE] for at in range(0, len(whole), SEALED_CHUNK_SIZE)]


def unseal(sealed: bytes) -> bytes:
    return b"".join(stream.unseal(KEY, [(sealed, True)]))


class Slow:
    """A file that gives a few bytes at a time, as a pipe may, and counts them."""

    def __init__(self, data: bytes, at_most: int = 30_000) -> None:
        self.data = io.BytesIO(data)
        self.at_most = at_most
        self.given = 0

    def read(self, size: int, /) -> bytes:
        part = self.data.read(min(size, self.at_most))
        self.given += len(part)
        return part


@pytest.mark.parametrize("size", SIZES)
def test_chunks_are_as_many_and_as_long_as_specified(size: int) -> None:
    sealed = seal(content(size))
    lengths = [CHUNK_SIZE + 16] * (size // CHUNK_SIZE)
    if size % CHUNK_SIZE or not size:
        lengths.append(size % CHUNK_SIZE + 16)
    assert [len(chunk) for chunk in sealed] == lengths
    assert unseal(b"".join(sealed)) == content(size)


@pytest.mark.parametrize("size", SIZES)
def test_files_and_memory_give_the_same(size: int) -> None:
    identity = age.generate("x25519")
    whole = b"".join(age.encrypt_stream(Slow(content(size)), [identity.recipient]))
    assert age.decrypt(whole, [identity]) == content(size)
    again = age.encrypt(content(size), [identity.recipient])
    assert b"".join(age.decrypt_stream(Slow(again), [identity])) == content(size)


@given(st.binary(max_size=100), st.binary(max_size=100), st.integers(1, 40))
@example(b"", b"", 1)
@example(b"x" * 40, b"", 40)
@example(b"x" * 40, b"x" * 40, 40)
def test_a_file_is_cut_into_full_blocks(begun: bytes, rest: bytes, size: int) -> None:
    blocks = list(stream.read(Slow(rest, 7), size, begun))
    assert b"".join(block for block, _ in blocks) == begun + rest
    assert [len(block) for block, _ in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert len(blocks[-1][0]) in range(1 if begun + rest else 0, size + 1)
    assert [last for _, last in blocks] == [False] * (len(blocks) - 1) + [True]


def damaged() -> Iterator[tuple[str, bytes]]:
    first, second, third = seal(content(2 * CHUNK_SIZE + 5))
    yield "nothing at all", b""
    yield "no last chunk", first + second
    yield "cut in the last chunk", first + second + third[:-1]
    yield "cut to less than a tag", first + second + third[:15]
    yield "chunks exchanged", second + first + third
    yield "a chunk twice", first + first + second + third
    yield "a chunk left out", first + third
    yield "a byte appended", first + second + third + b"\0"
    yield "a chunk appended", first + second + third + third
    yield "only the last chunk", third
    full = seal(content(CHUNK_SIZE))
    yield "a full last chunk, and an empty one", full[0] + sealed_empty(1)


def sealed_empty(number: int) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(KEY).encrypt(number.to_bytes(11, "big") + b"\x01", b"", None)


DAMAGED = dict(damaged())


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_payload_is_refused(name: str) -> None:
    with pytest.raises(age.PayloadError):
        unseal(DAMAGED[name])
    with pytest.raises(age.PayloadError):
        list(stream.unseal(KEY, stream.read(io.BytesIO(DAMAGED[name]), SEALED_CHUNK_SIZE)))
    with pytest.raises(age.PayloadError):
        list(stream.unseal(KEY, stream.read(io.BytesIO(DAMAGED[name]), SEALED_BLOCK_SIZE)))


def test_an_empty_last_chunk_behind_others_is_refused_though_authentic() -> None:
    pieces = [(seal_as(content(CHUNK_SIZE), 0, last=False), False), (sealed_empty(1), True)]
    opened = stream.unseal(KEY, pieces)
    assert next(opened) == content(CHUNK_SIZE)
    with pytest.raises(age.PayloadError):
        next(opened)
    with pytest.raises(age.PayloadError):
        unseal(b"".join(bytes(piece) for piece, _ in pieces))


def seal_as(data: bytes, number: int, *, last: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce = number.to_bytes(11, "big") + bytes([last])
    return ChaCha20Poly1305(KEY).encrypt(nonce, data, None)


def test_a_long_file_is_not_read_ahead() -> None:
    identity = age.generate("x25519")
    source = Slow(age.encrypt(bytes(24 * BLOCK_SIZE), [identity.recipient]), 1 << 30)
    opened = age.decrypt_stream(source, [identity])
    for taken in range(1, 20):
        next(opened)
        assert source.given <= MAX_HEADER_SIZE + (taken + 2) * SEALED_BLOCK_SIZE


def test_a_header_as_long_as_allowed_can_be_streamed() -> None:
    identity = age.generate("x25519")
    file_key, nonce, size = bytes(16), bytes(range(16)), MAX_HEADER_SIZE
    stanzas = [identity.recipient.wrap(file_key), Stanza(("grease", "A"), b"")]
    size -= len(header.close(header.cover(stanzas), bytes(32))) - 1
    stanzas[1] = Stanza(("grease", "A" * size), b"")
    covered = header.cover(stanzas)
    mac = hmac.digest(derive(file_key, b"", b"header"), covered, "sha256")
    sealed = stream.seal(derive(file_key, nonce, b"payload"), [(b"content", True)])
    whole = header.close(covered, mac) + nonce + b"".join(sealed)
    assert header.parse(whole).size == MAX_HEADER_SIZE
    assert age.decrypt(whole, [identity]) == b"content"
    assert b"".join(age.decrypt_stream(io.BytesIO(whole), [identity])) == b"content"


def test_a_header_that_does_not_end_is_not_read_on() -> None:
    source = Slow(b"age-encryption.org/v1\n" + b"-> grease\n\n" * 200_000, 1 << 16)
    with pytest.raises(age.HeaderError):
        age.decrypt_stream(source, [])
    assert source.given <= MAX_HEADER_SIZE + 16


def test_a_streams_header_is_judged_before_the_first_chunk_is_asked_for() -> None:
    identity, other = age.generate("x25519"), age.generate("x25519")
    whole = age.encrypt(b"content", [identity.recipient])
    with pytest.raises(age.NoMatchError):
        age.decrypt_stream(io.BytesIO(whole), [other])
    with pytest.raises(age.RecipientsError):
        age.encrypt_stream(io.BytesIO(b""), [])
    with pytest.raises(age.HeaderError):
        age.decrypt_stream(io.BytesIO(whole[:-24]), [identity])
