"""Attacks on the commands that came with the law: lists of people, links, dates, editions."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.cli.hostile import DEEP
from tests.cli.leaks import Canaries
from tests.cli.test_new import cases
from tests.commands import SOURCE, Ran
from tests.oracles import require

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

CANARY = "canary-7316"


def clean(ran: Ran, *codes: int) -> None:
    """One of the codes, and nothing of a record, a terminal's control or a traceback."""
    said = ran.stdout + ran.stderr
    assert ran.code in codes, ran
    assert CANARY not in said.lower()
    assert "\x1b" not in said and "Traceback" not in said and "a bug in" not in said


# -- lists of people --

LISTS = {
    "people by name": "people: {canary-7316: {profile: {full_name: X}}}\n",
    "nobody at all": "people: [null, ~]\n",
    "shared by a list": "shared: [canary-7316]\npeople: [{}]\n",
    "shared is empty": "shared:\npeople: [{}]\n",
    "a record that is empty": "people: [{profile: }]\n",
    "a person who is unknown": "people: [{unknown: canary-7316}]\n",
    "a record with a tag": "people: [{note/a2a2a2a2: {text: canary-7316}}]\n",
    "a name in capitals": "people: [{Profile: {full_name: canary-7316}}]\n",
    "an id that is a list": "people: [{profile: {family_members: [{id: [canary-7316]}]}}]\n",
    "an id that is a group": "people: [{profile: {family_members: [{id: {a: canary-7316}}]}}]\n",
    "an id that is a number": "people: [{profile: {family_members: [{id: 7316}]}}]\n",
    "links that are texts": "link: same-rescue\npeople: [{profile: {linked_cases: [canary-7316]}}]",
    "a link that is a list": "link: [canary-7316]\npeople: [{}]\n",
    "a day that is a list": "opened: [canary-7316]\npeople: [{}]\n",
    "a million": "people: [" + "{}," * 1_000_000 + "]\n",
    "too deep": "people: " + "[" * DEEP + CANARY,
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.sampled(3)
def test_a_list_that_is_none_opens_nobody(office: Office, name: str) -> None:
    before = office.snapshot()
    clean(office.run("new", "--from", "-", input=LISTS[name]), 3)
    assert office.snapshot() == before


@pytest.mark.parametrize("odd", ["[canary-7316]", "{a: canary-7316}", "7316", "true"])
def test_an_items_id_that_is_no_text(office: Office, odd: str) -> None:
    before = office.snapshot()
    text = f"family_members: [{{id: {odd}, name: canary-7316}}]\n"
    clean(office.run("put", office.case, "profile", "-", input=text), 3)
    assert office.snapshot() == before


@pytest.mark.soak
def test_two_lists_at_once_open_each_their_own(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("link: same-rescue\npeople: [{profile: {full_name: X}}, {}, {}, {}]\n")
    started = [started_list(office, path) for _ in range(2)]
    ids = [child.communicate()[0].split() for child in started]
    assert [child.returncode for child in started] == [0, 0]
    assert len(set(ids[0]) | set(ids[1])) == 8
    assert sorted(ids[0] + ids[1]) == cases(office)
    assert office.run("verify").code == 0


def started_list(office: Office, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tipcase", "new", "--from", str(path)],
        cwd=office.book,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


PEOPLE = 10


@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=pytest.mark.soak if n else ()) for n in range(20)]
)
def test_wherever_a_list_is_stopped_it_goes_on_without_doubling(
    office: Office, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "list.yaml"
    path.write_text(
        "link: same-rescue\npeople:\n"
        + "".join(f"  - note: {{happened_on: 2026-02-03, text: person {n}}}\n"
                  for n in range(PEOPLE))
    )  # fmt: skip
    child = started_list(office, path)
    time.sleep(chance.uniform(0.2, 1.2))
    child.send_signal(chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL]))
    ids = child.communicate()[0].split()
    unnamed = set(cases(office)) - set(ids)
    # One may stand whose id could not be printed any more; nothing was written into it.
    assert len(unnamed) <= 1
    assert all(office.data("show", case) == [] for case in unnamed)
    again = office.data("new", "--from", path, "--resume", "-", input="\n".join(ids))
    assert again[: len(ids)] == ids
    assert set(again) == set(cases(office)) - unnamed
    for number, case in enumerate(again):
        assert f"person {number}\n" in office.done("show", case, "note")
        linked = office.data("show", case, "profile")["content"]["linked_cases"]
        assert {one["linked_case"] for one in linked} == set(again) - {case}
    assert office.run("verify").code == 0


# -- links --


def test_what_is_no_other_case_is_linked_to_nothing(office: Office) -> None:
    before = office.snapshot()
    words = ["provider", office.case, office.case.lower(), "", "*", "-", "../" + office.case,
             "[red]canary-7316", "\x1b[31mcanary-7316", office.case[:2]]  # fmt: skip
    for other in words:
        for pair in ((office.case, other), (other, office.case)):
            clean(office.run("link", *pair, "--as", "sibling"), 2, 4)
    assert office.snapshot() == before


def test_a_beginning_that_fits_two_cases_links_neither(office: Office) -> None:
    ids = office.done("new", "--from", "-", input="people: [" + "{}, " * 40 + "]\n").split()
    first = [case[0] for case in ids]
    shared = next(letter for letter in first if first.count(letter) > 1)
    before = office.snapshot()
    clean(office.run("link", office.case, shared, "--as", "sibling"), 2, 4, 5)
    assert office.snapshot() == before


# -- dates --


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2100-12-31", "9999-12-31"])
@pytest.mark.sampled(3)
def test_no_day_breaks_what_is_asked_of_a_case(office: Office, day: str) -> None:
    office.put("profile", "birth: {date: '2100'}\n")
    office.put("note", f"happened_on: 2100-12-31\ntext: {CANARY}\n")
    office.put("consent", "happened_on: 1900\nask_again_on: 2100-12-31\nanswer: given\n")
    for words in (
        ("due",),
        ("due", "--within", "9999m"),
        ("due", "--within", "0d", "--json"),
        ("check", office.case),
        ("status", office.case),
        ("readiness", office.case),
        ("check", "provider"),
    ):
        clean(office.run("--as-of", day, *words), 0, 3)


@pytest.mark.parametrize("within", ["-1d", "99999d", "١d", "d", "1y", "1e9d", "", "\x1b[31m"])
def test_no_time_to_look_ahead(office: Office, within: str) -> None:
    clean(office.run("due", "--within", within), 2)


def test_the_providers_records_are_not_everybodys(
    office: Office, second_person: Callable[..., Path]
) -> None:
    example = json.loads(office.done("schema", "training", "--json"))["examples"][0]
    filled = Canaries().fill("training", example)
    office.done("put", "provider", "training", "-", input=json.dumps(filled))
    theirs = {"TIPCASE_HOME": str(second_person("cw2"))}
    for words in (("due",), ("due", "--json"), ("due", "provider"), ("check", "provider"),
                  ("show", "provider"), ("check", "--all")):  # fmt: skip
        ran = office.run(*words, env=theirs)
        assert "canary" not in ran.stdout + ran.stderr
        assert ran.code in (0, 3, 6)
        if words[0] == "due" and len(words) == 1:
            assert "provider" not in ran.stdout


# -- an office's own law --


def own(office: Office, name: str, text: str) -> None:
    path = office.book / "schemas/kh-2009" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


NOTE = """\
type: object
x-tipcase-record: {repeats: true, restricted: false, label: {en: Plan, km: ផែន}}
properties:
  happened_on: {$ref: ../common.yaml#/$defs/date, x-tipcase-label: {en: Date, km: ថ្ងៃ}}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # The file of such a record would never be read again, and the record be lost.
        ("records/plan2.yaml", NOTE),
        ("records/Plan.yaml", NOTE),
        ("records/con.yaml", NOTE),
        ("stages.yaml", "stages: [{name: note, number: 100, after: closure}]\n"),
        ("stages.yaml", "stages: [{name: note, number: -1, after: closure}]\n"),
        ("records/note.yaml", "properties: {tipcase: {type: string}}\n"),
        ("records/note.yaml", "properties: {text: {properties: {unknown: {type: string}}}}\n"),
        ("common.yaml", "$defs: {phone: {$ref: '#/$defs/phone'}}\n"),
        ("rules.yaml", 'rules:\n  - {id: "a\\e[31m", at: always}\n'),
        ("rules.yaml", "a: &a [x]\nrules: [*a, *a]\n"),
        ("edition.yaml", "name: [\n"),
    ],
)
@pytest.mark.sampled(3)
def test_law_that_could_not_be_kept_is_told_with_its_place(
    office: Office, name: str, text: str
) -> None:
    own(office, name, text)
    ran = office.run("schema", "--check", "--json")
    clean(ran, 3)
    rows = [row for row in json.loads(ran.stdout)["data"]["conflicts"]
            if row["severity"] == "blocks"]  # fmt: skip
    assert any(row["file"] == f"schemas/kh-2009/{name}" for row in rows), rows
    # Nothing of it is followed before an admin signs it.
    for words in (("put", office.case, "note", "-"), ("check", office.case), ("due",), ("law",)):
        clean(office.run(*words, input="happened_on: 2026-02-03\n"), 7)


@pytest.mark.soak
def test_signed_law_that_is_edited_again_is_not_followed(office: Office) -> None:
    own(office, "rules.yaml", "rules: []\n")
    office.done("settings", "--accept", "--yes")
    office.done("check", "provider")
    own(office, "rules.yaml", "rules: []\n# once more\n")
    clean(office.run("check", "provider"), 7)
    assert office.run("schema", "--check").code == 0
    own(office, "rules.yaml", "rules: []\n")
    office.done("check", "provider")
    own(office, "records/more.yaml", NOTE)
    clean(office.run("check", "provider"), 7)


@pytest.mark.soak
def test_a_whole_disk_is_not_walked_through(office: Office, tmp_path: Path) -> None:
    deep = tmp_path / "draft" / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (deep / "rules.yaml").write_text("- canary\n")
    (tmp_path / "draft" / "records" / "odd.yaml").mkdir(parents=True)
    clean(office.run("schema", "--check", tmp_path / "draft"), 0)


# -- nothing leaves the sealed files --


def tour(case: str, other: str) -> list[tuple[str, ...]]:
    """The commands that came with the law."""
    return [
        ("due", "--json", "--within", "9999m"),
        ("link", case, other, "--as", "sibling"),
        ("link", case, other, "--remove"),
        ("law", "--coverage"),
        ("schema", "--check"),
        ("check", "--all"),
        ("check", "provider"),
        ("status", case),
    ]


@pytest.mark.soak
def test_nothing_of_a_record_is_written_anywhere(office: Office, tmp_path: Path) -> None:
    strace = require("strace")
    trace = tmp_path / "trace"
    listed = "".join(f"  - profile: {{full_name: {CANARY} {n}}}\n" for n in range(3))
    text = f"link: same-rescue\nshared: {{note: {{text: {CANARY}}}}}\npeople:\n{listed}"
    ran = traced(office, strace, trace, "new", "--from", "-", input=text)
    case, other, _ = ran.stdout.split()
    for words in tour(case, other):
        clean(traced(office, strace, trace, *words), 0, 3)
    everything = [p for p in (*office.book.rglob("*"), *office.home.rglob("*")) if p.is_file()]
    assert [p.name for p in everything if CANARY.encode() in p.read_bytes()] == []


def traced(office: Office, strace: str, trace: Path, *words: str, input: str = "") -> Ran:
    """Run under ``strace``: no write holds the canary, no file is made but in home and book."""
    done = subprocess.run(
        [strace, "-f", "-s", "100000", "-e", "trace=openat,write,pwrite64,writev", "-o", trace,
         sys.executable, "-m", "tipcase", *words],
        cwd=office.book, input=input, capture_output=True, text=True, check=False,
        # Python, where it has not compiled a module before, writes what it compiled.
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    for line in trace.read_text("utf-8", "replace").splitlines():
        if "write" in line:
            assert CANARY not in line, words
        elif "O_CREAT" in line:
            path = line.partition('"')[2].partition('"')[0]
            inside = str(office.book.parent), os.environ["HOME"], str(office.book), "/dev/"
            assert path.startswith(inside) or not path.startswith("/"), (words, path)
    return Ran(done.returncode, done.stdout, done.stderr)
