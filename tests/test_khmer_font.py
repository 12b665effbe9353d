"""The Khmer font is found in its package, and its absence is an error with a hint."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tipcase import khmer_font
from tipcase.errors import MachineError


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    khmer_font.path.cache_clear()
    khmer_font.data_uri.cache_clear()
    yield
    khmer_font.path.cache_clear()
    khmer_font.data_uri.cache_clear()


def test_a_page_gets_the_whole_file() -> None:
    kind, _, content = khmer_font.data_uri().partition(",")
    assert kind == "data:font/ttf;base64"
    assert base64.b64decode(content) == khmer_font.path().read_bytes()


@pytest.mark.parametrize("package", ["fontpkg_that_is_not_there", "json"])
def test_a_machine_without_the_package_says_what_to_install(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(khmer_font, "_PACKAGE", package)
    with pytest.raises(MachineError, match="the Khmer font is not installed") as caught:
        khmer_font.data_uri()
    assert caught.value.hint == "pip install fontpkg-noto-sans-khmer"
