"""Another country's edition, of three stages and two forms, runs the main job without new code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import Ran, run_inside

FILES: dict[str, str] = {
    "edition.yaml": """\
name: xx-2031
title: {en: Invented rules of an invented country}
country: XX
languages: [en]
""",
    "common.yaml": """\
$defs:
  date: {type: string, format: partial-date, pattern: "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}
  line: {type: string, minLength: 1, maxLength: 300}
""",
    "stages.yaml": """\
stages:
  - {name: welcome, number: 1, label: {en: Welcome}, provisions: [R/1]}
  - {name: home, number: 3, label: {en: A home}, after: welcome}
  - {name: farewell, number: 2, label: {en: Farewell}, after: home}
frameworks: [none]
""",
    "records/welcome.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: false, restricted: false, label: {en: Welcome}}
required: [happened_on, asked]
properties:
  happened_on: {$ref: ../common.yaml#/$defs/date, x-tipcase-label: {en: Day}}
  asked: {type: boolean, x-tipcase-label: {en: Was asked}, x-tipcase-provisions: [R/1]}
examples: [{happened_on: "2026-01-05", asked: true}]
""",
    "records/home.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: false, label: {en: Home}}
required: [happened_on]
properties:
  happened_on: {$ref: ../common.yaml#/$defs/date, x-tipcase-label: {en: Day}}
  where: {$ref: ../common.yaml#/$defs/line, x-tipcase-label: {en: Where}}
examples: [{happened_on: "2026-02-01", where: A house}]
""",
    "records/farewell.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: false, restricted: false, label: {en: Farewell}}
required: [happened_on]
properties:
  happened_on: {$ref: ../common.yaml#/$defs/date, x-tipcase-label: {en: Day}}
examples: [{happened_on: "2026-03-01"}]
""",
    "rules.yaml": """\
rules:
  - id: asked-first
    at: leave welcome
    record: welcome
    field: asked
    provisions: [R/1]
    severity: blocks
    holds: welcome.asked == True
    message: {en: ask before a home is found}
""",
    "closure.yaml": """\
thresholds: {}
criteria: []
duties:
  - {id: said-farewell, provisions: [R/2], severity: blocks,
     holds: known(farewell.happened_on), record: farewell, field: happened_on,
     message: {en: say farewell}}
""",
    "provisions.yaml": """\
provisions:
  - {id: R/1, heading: {en: Asking}}
  - {id: R/2, heading: {en: Farewell}}
  - {id: R/3, heading: {en: The country's own duty}, reason: Not an office's}
""",
    "forms.yaml": """\
words:
  dates:
    en:
      digits: latin
      months: [Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec]
      full: {day: "{}", month: "{}", year: "{}"}
      short: {day: "{}", month: "{}", year: "{}"}
  "yes": {en: "Yes"}
  "no": {en: "No"}
  years: {en: "{} years"}
  years_between: {en: "{} to {} years"}
  unknown:
    not-asked: {en: Not asked}
    declined: {en: Declined}
    not-known: {en: Not known}
    not-applicable: {en: Does not apply}
  countries: {}
  page:
    kingdom: {en: An invented country}
    motto: {en: Its motto}
    phase: {en: Phase}
    not_official: {en: Not official}
    withheld: {en: Withheld}
    still_missing: {en: To be filled in}
    ticked: {en: ticked}
    not_ticked: {en: not ticked}
    page: {en: page}
    version: {en: version}
    name: {en: "Name:"}
    date: {en: "Date:"}
    sign_signature: {en: Signature}
    sign_thumbprint: {en: Thumbprint}
    sign_stamp: {en: Stamp}
forms:
  W1:
    title: {en: Welcome sheet}
    sections: [{title: {en: Welcome}, lines: [{field: welcome.asked, required: true}]}]
  H1:
    title: {en: Homes}
    sections: [{title: {en: Homes}, lines: [{log: [home], columns: [happened_on, where]}]}]
""",
}


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the edition, and an identity of somebody who will found a casebook on it."""
    monkeypatch.setenv("TIPCASE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "law"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done(tmp_path, "keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519")
    return folder


def done(cwd: Path, *words: str | Path, code: int = 0, given: str = "") -> Ran:
    ran = run_inside(*words, cwd=cwd, input=given)
    assert ran.code == code, f"{words}: {ran}"
    return ran


def found(country: Path, *words: str | Path, code: int = 0) -> Ran:
    start = ("init", "book", "--name", "Example House", "--keys", "x25519", "--no-git")
    return done(country.parent, *start, *words, code=code)


def test_the_main_job_in_another_country(country: Path) -> None:
    assert "0 thing(s) block" in done(country.parent, "schema", "--check", country).stderr
    found(country, "--edition-from", country)
    book = country.parent / "book"
    case = done(book, "new", "--opened", "2026-01-05").stdout.strip()

    stages = json.loads(done(book, "schema", "--json").stdout)["data"]
    assert [(row["name"], row["stage"]) for row in stages] == [
        ("welcome", 1),
        ("home", 3),
        ("farewell", 2),
    ]
    provisions = json.loads(done(book, "law", "--json").stdout)["data"]
    assert [row["id"] for row in provisions] == ["R/1", "R/2", "R/3"]

    done(book, "put", case, "welcome", "-", given="{happened_on: 2026-01-05, asked: no}")
    assert "ask before a home is found" in done(book, "check", case, code=3).stdout
    done(book, "advance", case, code=3)
    done(book, "set", case, "welcome", "asked=yes")
    assert "is at home" in done(book, "advance", case).stderr
    done(book, "put", case, "home", "-", given="{happened_on: 2026-02-01, where: A house}")
    assert "is at farewell" in done(book, "advance", case).stderr
    assert list((book / "cases" / case).glob("03-home-*.yaml.age"))

    readiness = json.loads(done(book, "readiness", case, "--json").stdout)["data"]
    assert [(duty["id"], duty["state"]) for duty in readiness["duties"]] == [
        ("said-farewell", "unmet")
    ]
    done(book, "put", case, "farewell", "-", given="{happened_on: 2026-03-01}")
    assert "evidence-complete" in done(book, "readiness", case).stdout

    sheets = country.parent / "print"
    done(book, "form", case, "W1", "H1", "--lang", "en", "--out", sheets)
    pages = {path.name: path.read_text("utf-8") for path in sheets.iterdir()}
    assert set(pages) == {f"{case}-W1.en.html", f"{case}-H1.en.html"}
    assert "A house" in pages[f"{case}-H1.en.html"]
    done(book, "verify")
    assert "farewell" in done(book, "list").stdout


def test_the_brought_edition_is_signed_and_guarded(country: Path) -> None:
    found(country, "--edition-from", country, "--edition", "xx-2031")
    book = country.parent / "book"
    assert "xx-2031" in (book / "casebook.yaml").read_text("utf-8")
    own = book / "schemas" / "xx-2031" / "rules.yaml"
    assert own.read_text("utf-8") == FILES["rules.yaml"]
    own.write_text("rules: []\n", encoding="utf-8")
    assert "not what an admin signed" in done(book, "law", code=7).stderr
    assert done(book, "schema", "--check").code == 0
    done(book, "settings", "--accept", "--yes")
    done(book, "law")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--edition", "xx-2031"), 4, "--edition-from"),
        (("--edition", "../law"), 2, "small letters"),
        (("--edition-from", "nowhere"), 4, "no whole edition"),
        (("--edition-from", "law", "--edition", "kh-2009"), 2, "calls the edition xx-2031"),
    ],
)
def test_an_edition_that_cannot_be_followed_is_refused_before_anything_is_made(
    country: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in found(country, *words, code=code).stderr
    assert not (country.parent / "book").exists()


def test_a_broken_edition_and_a_taken_name_are_refused(country: Path) -> None:
    (country / "rules.yaml").write_text(FILES["rules.yaml"].replace("asked ==", "asket =="))
    ran = found(country, "--edition-from", country, code=7)
    assert "rules.yaml line 8 column 12" in ran.stderr
    (country / "rules.yaml").write_text(FILES["rules.yaml"])
    (country / "edition.yaml").write_text("name: kh-2009\n")
    found(country, "--edition-from", country, code=5)
    assert not (country.parent / "book").exists()


def test_the_shipped_edition_by_its_name(country: Path) -> None:
    found(country, "--edition", "kh-2009")
    assert "edition: kh-2009" in (country.parent / "book" / "casebook.yaml").read_text("utf-8")
