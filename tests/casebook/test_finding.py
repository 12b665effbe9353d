"""How names are compared, what a query may mean, possible duplicates; how much of it is found."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from tipcase.casebook.finding import births, duplicates, likeness, particulars, query, spelling
from tipcase.casebook.finding.likeness import Likeness
from tipcase.casebook.finding.particulars import Particulars
from tipcase.casebook.finding.query import Query
from tipcase.casebook.finding.search import Hit, hits
from tipcase.casebook.merge.conflicts import ABSENT, Conflict, Said
from tipcase.errors import UsageError

HERE = Path(__file__).resolve().parent
PAIRS = yaml.safe_load((HERE / "finding_pairs.yaml").read_text(encoding="utf-8"))
PAGE = (HERE.parent.parent / "docs/finding.md").read_text(encoding="utf-8")

FOUND, FOUND_WRONGLY = 93, 24
HINTED, HINTED_WRONGLY = 78, 8

SINGLE = {"km": "full_name", "la": "full_name_latin", "office": "office_number", "sex": "sex"} | {
    "mosvy": "mosvy_number",
    "oscar": "oscar_number",
}
BIRTH = {"born": "date", "basis": "basis", "years": "candidate_years"}


def profile(brief: dict[str, Any]) -> dict[str, Any]:
    """A profile's data from the short words of finding_pairs.yaml."""
    data: dict[str, Any] = {SINGLE[key]: brief[key] for key in SINGLE if key in brief}
    data["other_names"] = [{"id": "abcd2345", "name": name} for name in brief.get("aka", [])]
    data["birth"] = {BIRTH[key]: brief[key] for key in BIRTH if key in brief}
    if "phone" in brief:
        data["safe_contact"] = {"phone": brief["phone"]}
    if "doc" in brief:
        data["identity_documents"] = [{"id": "abcd2345", "number": brief["doc"]}]
    return data


def person(case: str = "AAAA-AAAA", **brief: Any) -> Particulars:
    return particulars.of_profile(case, profile(brief))


def asked(brief: dict[str, Any]) -> list[str]:
    """What somebody would ask who knows this: everything but the birth, or the birth alone."""
    keys = ("km", "la", "phone", "office", "mosvy", "oscar", "doc")
    found = [brief[key] for key in keys if key in brief] + brief.get("aka", [])
    return found or [brief["born"]] if found or "born" in brief else list(map(str, brief["years"]))


def is_found(pair: dict[str, Any]) -> bool:
    return any(Query.of(text).matches(person(**pair["one"])) for text in asked(pair["two"]))


def is_hinted(pair: dict[str, Any]) -> bool:
    return bool(duplicates.pairs([person(**pair["one"]), person("BBBB-BBBB", **pair["two"])]))


# ---- how much is found


def test_there_are_a_hundred_of_each() -> None:
    assert (len(PAIRS["same"]), len(PAIRS["different"])) == (100, 100)
    texts = [str((pair["one"], pair["two"])) for kind in PAIRS.values() for pair in kind]
    assert len(set(texts)) == 200


def test_how_many_are_found_and_hinted_is_known_and_stands_on_the_page() -> None:
    same, different = PAIRS["same"], PAIRS["different"]
    assert sum(map(is_found, same)) == FOUND
    assert sum(map(is_found, different)) == FOUND_WRONGLY
    assert sum(map(is_hinted, same)) == HINTED
    assert sum(map(is_hinted, different)) == HINTED_WRONGLY
    halves = [sum(map(is_found, same[at::2])) for at in (0, 1)]
    for line in (
        f"| `find` | {FOUND} | {FOUND_WRONGLY} |",
        f"| `find --duplicates` | {HINTED} | {HINTED_WRONGLY} |",
        f"{halves[0]} of the 50 that were looked at, {halves[1]} of the 50 that were not",
    ):
        assert line in PAGE, line


# ---- how a name is read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("សុខ\u200b សុភា", "សុខ សុភា"),
        ("ស\u17d2\u178f\u17d2\u179aី", "ស\u17d2\u179a\u17d2\u178fី"),
        ("សម្បត\u17d2\u178aិ", "សម្បត\u17d2\u178fិ"),
        ("ម\u17c6\u17bb", "ម\u17bb\u17c6"),
        ("ច\u17c1\u17b8", "ច\u17be"),
        ("ឲ្យ", "ឱ្យ"),
        ("ស\u17bb\u17b8ន", "ស\u17ca\u17b8ន"),
        ("SOK  Sophéa", "sophea sok"),
        ("Srey-Pov", "sreypov"),
        ("O'Neang", "oneang"),
        ("e\u0301 a", "é a"),
    ],
)
def test_the_same_name_typed_otherwise(one: str, other: str) -> None:
    assert likeness.names(one, other) is Likeness.SAME


def test_a_cluster_is_one_sign() -> None:
    assert [len(word) for word in spelling.words("សុភ័ក្ត្រ ស្រី")] == [3, 1]
    # A mark without a consonant is a sign of its own, and nothing is lost.
    assert spelling.words("\u17b6ក") == (("\u17b6", "ក"),)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("Sok Sophea", "Sokh Sophear", Likeness.CLOSE),
        ("Chann Sovan", "Sovann Chan", Likeness.CLOSE),
        ("Sokha", "Sok Sokha", Likeness.PART),
        ("Sok Sophea", "Sok Visal", Likeness.NONE),
        ("Heng Vuthy", "Meng Vuthy", Likeness.NONE),
        ("សុខ សុភា", "សុខ សុភី", Likeness.NONE),
        ("ចាន់ ម៉ាលី", "ចាន ម៉ាលី", Likeness.CLOSE),
        ("សុខ", "Sok", Likeness.NONE),
        ("", "Sok", Likeness.NONE),
        ("Sok", "\u200b", Likeness.NONE),
        ("a b c d e f g h", "a b c d e f g h", Likeness.SAME),
        ("xyz" * 2000, "xyz" * 2000 + "b", Likeness.NONE),
    ],
)
def test_how_two_names_compare(one: str, other: str, like: Likeness) -> None:
    assert likeness.names(one, other) is like is likeness.names(other, one)


@pytest.mark.parametrize(
    ("khmer", "latin"),
    [
        ("សុខ សុភា", "Sophea Sok"),
        ("កែវ ស្រី មុំ", "Keo Sreymom"),
        ("នួន ពិសិដ្ឋ", "Nuon Piseth"),
        ("ព្រំ សុវណ្ណារី", "Prum Sovannary"),
        ("ប៉ុល វិបុល", "Pol Vibol"),
        ("ឈិន ច័ន្ទធី", "Chhin Chanthy"),
        ("សុខ ពេជ្រ", "Sok Pich"),
    ],
)
def test_two_scripts_are_compared_by_their_consonants(khmer: str, latin: str) -> None:
    assert likeness.across(khmer, latin) and likeness.across(latin, khmer)
    assert likeness.names(khmer, latin) is Likeness.NONE
    assert likeness.across("សុវណ្ណារី", "Prum Sovannary") and not likeness.across("លី ម៉ៅ", latin)
    assert not likeness.across(khmer, khmer) and not likeness.across(latin, latin)
    assert not likeness.across(khmer, latin + "n") and not likeness.across("លី", "Ly")


def test_a_distance_is_one_of_a_distance() -> None:
    """It is nothing to itself, and the same there and back; so is how names compare."""
    names = [pair[side].get("la") for pair in PAIRS["same"] for side in ("one", "two")]
    words = sorted({word for name in names if name for word in spelling.words(name)})[::5]
    for a, b in itertools.product(words, repeat=2):
        assert (likeness.distance(a, b) == 0) == (spelling.sound(a) == spelling.sound(b))
        assert likeness.distance(a, b) == likeness.distance(b, a)
    whole = [pair[side].get("km") for pair in PAIRS["same"] for side in ("one", "two")]
    for one, other in itertools.combinations(filter(None, [*names[::7], *whole[::5]]), 2):
        assert likeness.names(one, other) is likeness.names(other, one)
        assert likeness.across(one, other) == likeness.across(other, one)


# ---- what a query may mean


SOMEBODY = person(
    "K7Q2-M9TX",
    km="សុខ សុភា",
    la="SOK Sophea",
    aka=["Kha"],
    born="1998-03-05",
    phone="+85512345678",
    office="EX-0001",
    mosvy="0087",
    oscar="4512",
    doc="N0123456",
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("k7q2", [("case-id", False)]),
        ("K7Q2-M9TX", [("case-id", True)]),
        ("k7q2m9tx", [("case-id", True)]),
        ("K7", []),
        ("ex0001", [("office-number", True)]),
        ("EX-1", [("office-number", False)]),
        ("87", [("ministry-number", False)]),
        ("០០៨៧", [("ministry-number", True)]),
        ("4512", [("oscar-number", True)]),
        ("n 0123456", [("document-number", True)]),
        ("សុភា សុខ", [("name", True), ("latin-name", False)]),
        ("sophea", [("latin-name", False)]),
        ("sophea sok", [("name", False), ("latin-name", True)]),
        ("KHA", [("other-name", True)]),
        ("012 345 678", [("phone", True)]),
        ("+855 (0)12 345 678", [("phone", True)]),
        ("០១២ ៣៤៥ ៦៧៩", [("phone", False)]),
        ("345678", [("phone", False)]),
        ("45678", []),
        ("1998-03-05", [("birth", True)]),
        ("៥.៣.១៩៩៨", [("birth", True)]),
        ("03/1998", [("birth", False)]),
        ("1998", [("birth", False)]),
        ("1997", []),
        ("1998-13-05", []),
        ("Mao Veasna", []),
    ],
)
def test_everything_that_a_text_may_mean(text: str, wanted: list[tuple[str, bool]]) -> None:
    assert [(match.what, match.exact) for match in Query.of(text).matches(SOMEBODY)] == wanted


def test_exact_comes_first_then_the_id() -> None:
    names = {"C": "Sok Sophea", "B": "Ly Borey", "A": "Sokh Sophea"}
    some = [person(case, la=name) for case, name in names.items()]
    assert [(hit.case, hit.exact) for hit in hits(Query.of("sok sophea"), some)] == [
        ("C", True), ("A", False)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "?!", "\u200b", "x" * 201])
def test_what_can_be_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Query.of(text)
    assert "tipcase find -" in caught.value.hint or "one name" in caught.value.hint


def test_only_the_persons_own_things_are_searched() -> None:
    data = {
        "full_name": {"unknown": "declined"},
        "other_names": {"unknown": "not-asked"},
        "birth": {"date": {"unknown": "declined"}},
        "family_members": [{"name": "Canary Mali", "birth_date": "1970"}],
        "safe_contact": {"whose_phone": "Canary", "never_contact": [{"name": "Canary Broker"}]},
        "narrative": "Canary 012 345 678",
    }
    found = particulars.of_profile("AAAA-AAAA", data)
    assert found == Particulars("AAAA-AAAA")
    for text in ("Canary", "Mali", "012345678", "1970"):
        assert Query.of(text).matches(found) == ()


def test_what_people_wrote_apart_is_all_searched() -> None:
    data = {"full_name": "Sok Maly", "other_names": [{"id": "abcd2345", "name": "Kha"}]}
    conflicts = [
        Conflict("full_name", (Said("a", "t", "Sok Mala"), Said("b", "t", "Chan Thida"))),
        Conflict("birth.date", (Said("a", "t", "1998"), Said("b", "t", ABSENT))),
        Conflict("other_names.abcd2345.name", (Said("a", "t", "Touch"),)),
        Conflict("safe_contact", (Said("a", "t", {"phone": "+85512345678"}),)),
    ]
    found = particulars.of_profile("AAAA-AAAA", data, conflicts)
    for text in ("Sok Maly", "Thida Chan", "1998", "Touch", "Kha", "012345678"):
        assert any(match.exact for match in Query.of(text).matches(found)), text


def test_no_repr_holds_a_value() -> None:
    asked_for = Query.of("Sok Sophea")
    matches = asked_for.matches(SOMEBODY)
    shown = repr((SOMEBODY, asked_for, matches, Hit("K7Q2-M9TX", matches), SOMEBODY.births))
    for value in ("Sok", "SOK", "សុខ", "Kha", "1998", "12345678", "EX-0001", "0087", "N0123456"):
        assert value not in shown


# ---- possible duplicates


BASE = {"la": "Sok Sophea", "born": "1998", "sex": "female"}


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"la": "Sok Sophea"}, {"la": "Sophea Sok"}, "latin-name"),
        ({"la": "Sokha"}, {"la": "Sokha"}, ""),
        ({"la": "Sokha", "born": "1998"}, {"la": "Sokha", "born": "1998-04"}, "latin-name birth"),
        ({"la": "Sok Sophea"}, {"la": "Sokh Sophear"}, ""),
        (BASE, {"la": "Sokh Sophear", "born": "1998-04-01"}, "latin-name birth"),
        (BASE, {"la": "Sokh Sophear", "born": "1990"}, ""),
        (BASE, {"la": "Sok Sophea", "born": "1990"}, ""),
        (BASE, {"la": "Sokh Sophear", "born": "1998", "sex": "male"}, ""),
        (BASE, {"la": "Sok Sophea", "born": "1998", "sex": "male"}, "latin-name birth"),
        (BASE, {"aka": ["Sophea Sok"]}, "latin-name"),
        ({"phone": "+85512345678"}, {"phone": "+85512345678"}, "phone"),
        ({**BASE, "phone": "+85512345678"}, {"la": "Ly Borey", "phone": "+85512345678"}, ""),
        ({"doc": "N 0123"}, {"doc": "n-0123", "la": "Ly Borey"}, "document-number"),
        ({"mosvy": "0087"}, {"mosvy": "87"}, "ministry-number"),
        ({"mosvy": "0087"}, {"oscar": "0087"}, ""),
        ({**BASE, "mosvy": "0087"}, {"born": "1980", "mosvy": "0087"}, "ministry-number"),
        ({"office": "-", "doc": "none"}, {"office": "-", "doc": "none"}, ""),
        ({"phone": "n/a"}, {"phone": "n/a"}, ""),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_why_two_cases_may_be_of_one_person(
    one: dict[str, Any], other: dict[str, Any], why: str
) -> None:
    for two in ((one, other), (other, one)):
        found = duplicates.pairs([person("AAAA-AAAA", **two[0]), person("BBBB-BBBB", **two[1])])
        said = [" ".join(r.what.replace("other", "latin") for r in pair.why) for pair in found]
        assert said == ([why] if why else [])


def test_linked_cases_are_no_hint() -> None:
    linked = {"linked_cases": [{"linked_case": "BBBB-BBBB", "link_kind": "sibling"}]}
    one = particulars.of_profile("AAAA-AAAA", {**profile(BASE), **linked})
    other = person("BBBB-BBBB", **BASE)
    assert duplicates.pairs([one, other]) == duplicates.pairs([other, one]) == ()


def test_hints_are_found_without_comparing_everybody() -> None:
    """Each pair once, the surest first; what no block holds would not be a hint either, mostly."""
    some = [
        person(f"{kind[0]}{at:03d}-{side.upper()}", **pair[side])
        for kind, pairs in PAIRS.items()
        for at, pair in enumerate(pairs[::3])
        for side in ("one", "two")
    ]
    found = duplicates.pairs(some)
    names = [pair.cases for pair in found]
    assert len({frozenset(two) for two in names}) == len(names)
    assert [not pair.exact for pair in found] == sorted(not pair.exact for pair in found)
    all_of_them = {
        frozenset((a.case, b.case))
        for a, b in itertools.combinations(some, 2)
        if duplicates.reasons(a, b)
    }
    missed = all_of_them - {frozenset(two) for two in names}
    assert {frozenset(two) for two in names} <= all_of_them
    assert len(missed) <= len(all_of_them) // 20


def test_births_that_may_be_one() -> None:
    def may(one: Any, other: Any) -> bool:
        a, b = births.of_profile(one), births.of_profile(other)
        assert a and b
        return births.may_agree([a], [b])

    assert may("1998", "1998-03-05") and not may("1998", "1999")
    assert may("1998-03-05", "1998-05-03") and may("1998-03-05", "1998-03-06")
    assert may({"date": "1998", "basis": "estimated"}, "2000") and not may("1998", "2000")
    assert not births.may_agree([], []) and not births.contradict([], [])
    assert births.of_profile({"date": {"unknown": "declined"}}) is None


def test_phones_are_read_alike() -> None:
    texts = ("012 345 678", "+855 12 345 678", "0085512345678", "០១២៣៤៥៦៧៨", "855-12-345-678")
    assert {query.phone(text) for text in texts} == {"12345678"}
    assert query.phone("12 House") == query.phone("x") == ""
