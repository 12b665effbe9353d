"""What kind of file something is, told from its first bytes and never from its name.

A name is what somebody typed: it can lie, and it can be what a record says. The table holds what an
office keeps of a person; everything else is just bytes.
"""

from __future__ import annotations

import codecs

# So many bytes are looked at: the parts of an office document are named within them.
HEAD = 8192
UNKNOWN = "application/octet-stream"

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr"),
)
# ISO base media files, by the brand behind "ftyp".
_BRANDS = (
    (b"3g", "video/3gpp"),
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
    (b"hei", "image/heic"),
    (b"hev", "image/heic"),
    (b"mif1", "image/heic"),
    (b"msf1", "image/heic"),
    (b"", "video/mp4"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ODT = "application/vnd.oasis.opendocument.text"
_PLAIN_CONTROLS = frozenset(b"\t\n\r\f")

ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a", ".m4b"),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "audio/amr": (".amr",),
    "video/mp4": (".mp4", ".m4v", ".mov"),
    "video/3gpp": (".3gp", ".3g2"),
    _OFFICE: (".docx",),
    _ODT: (".odt",),
    "application/zip": (".zip",),
    "text/plain": (".txt", ".md", ".csv", ".yaml"),
}
"""The endings that a file of a type may have, the usual one first; all others have ``.bin``."""


def of(head: bytes) -> str:
    """The type of a file that begins with these bytes: all of it, or the first ``HEAD``."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[4:8] == b"ftyp":
        return next(found for brand, found in _BRANDS if head[8:12].startswith(brand))
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    # An MP3 without tags: a frame of layer III, its bit rate and sampling rate being real ones.
    if _is_frame(head):
        return "audio/mpeg"
    return "text/plain" if _is_text(head) else UNKNOWN


def _zip(head: bytes) -> str:
    if head[30:].startswith(b"mimetype" + _ODT.encode("ascii")):
        return _ODT
    if b"[Content_Types].xml" in head and b"word/" in head:
        return _OFFICE
    return "application/zip"


def _is_frame(head: bytes) -> bool:
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3)
        and head[2] >> 4 not in (0, 15)
        and head[2] >> 2 & 3 != 3
    )


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut where the head ends."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return bool(head) and all(
        (byte >= 0x20 and byte != 0x7F) or byte in _PLAIN_CONTROLS for byte in head
    )
