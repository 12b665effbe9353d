"""An entry of a journal as we write it, as one pattern.

What it takes is canonical JSON and well formed, but for the data, whose spelling is to be looked
at by itself, and the order of several hashes. Nearly every line of a journal is taken by it, in a
third of the time; ``entry`` decodes all others, and tells what is wrong with them.
"""

from __future__ import annotations

import re
from functools import cache

from tipcase.journal.names import PROVIDER, STAFF

_HASH = '"[0-9a-f]{64}"'
_HASHES = rf"\[((?:{_HASH}(?:,{_HASH})*)?)\]"
_ID = "[0-9A-HJKMNP-TV-Z]{4}"
_FILE = (
    r'\{"path":"((?:[A-Za-z0-9_][A-Za-z0-9._-]{0,80}/){0,6}[A-Za-z0-9_][A-Za-z0-9._-]{0,80})",'
    rf'"previous":{_HASHES},"sealed_to":(null|"ordinary"|"restricted"),"sha256":({_HASH})\}}'
)


def fields(text: str) -> tuple[str, ...] | None:
    """The fields of an entry in the order in which they are written, as they are written.

    Of lists what stands between the brackets. None where the pattern does not take the text.
    """
    match = _patterns()[0].fullmatch(text)
    return match.groups() if match is not None else None


def files(listed: str) -> list[tuple[str, ...]]:
    """Path, previous hashes, sealed to and hash of each file in what ``fields`` gave for files."""
    return _patterns()[1].findall(listed)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of an entry and of one of its files; made only where journals are read."""
    one = re.sub(r"(?<!\\)\((?!\?)", "(?:", _FILE)
    entry = (
        rf'\{{"case":"({STAFF}|{PROVIDER}|{_ID}-{_ID})","casebook":(null|{_HASH}),'
        r'"data":(\{\}|\{.*\}),"device":"([a-z2-9]{8})",'
        rf'"files":\[((?:{one}(?:,{one})*)?)\],"op":"([a-z-]+)","parents":{_HASHES},'
        rf'"prev":(null|{_HASH}),"seq":([1-9][0-9]{{0,14}}),'
        rf'"signer":"([a-z](?:[a-z0-9-]{{0,30}}[a-z0-9])?)","staff":{_HASHES},'
        r'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)","v":1\}'
    )
    return re.compile(entry), re.compile(_FILE)
