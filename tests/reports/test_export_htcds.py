"""The tables of HTCDS: the standard's own names and values, and nothing that says who somebody is.

The standard's lists stand here a second time, typed from its page and not from our mapping.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase import law
from tipcase.law.source import EditionError
from tipcase.reports.export import htcds, manifest, plain, standard
from tipcase.reports.export.columns import Sheet
from tipcase.reports.facts import FactsDefinition

EDITION = law.load(Path(__file__).parents[2] / "schemas" / "kh-2009")
STANDARD = standard.load(EDITION)
FACTS = FactsDefinition.of(EDITION)
WORKED_OUT = ("age", "province", "case_status", "outcome")

# Typed from the list of the standard, version 2.0.
VALUES = {
    "prs_Gender": "Feminine Masculine TransgenderFeminine TransgenderMasculine NonConforming "
    "NonSpecifiedUnknown",
    "prs_MaritalStatus": "Single Married Widowed Divorced Separated RegisteredPartnership",
    "prs_HighestLevelOfEducation": "0 1 2 3 4 5 6 7 8",
    "vic_TraffickingStatus": "PossibleVictimOfTrafficking ActualVictimOfTrafficking "
    "NotAVictimOfTrafficking",
    "vic_TraffickingStatusDecisionMakingOrg": "Police NGO CourtOrProsecution "
    "NonPoliceGovernmentalOrganization Other",
    "vic_RelationshipToTrafficker": "Familial Acquainted Unaquainted",
    "vic_MethodOfRecruitment": "AtAPlaceOfBusiness AtAnEducationalInstitution AtWork "
    "ThroughOnlineSocialNetworks ThroughAnOnlineAdvertisement ThroughATelevisionAdvert "
    "ThroughANewspaperAdvert ThroughFamilyOrFamilyEvents ThroughFriendsOrSocialEvents Other",
    "vic_MethodsOfControl": "PhysicalThreats ThreatsLawEnforcement ThreatensChildrenFamily "
    "DebtBondage FalsePromises PhysicalAbuse SexualAbuse TakesEarnings RestrictsFinancialAccess "
    "RestrictsMedicalCare WithholdsNecessities PsychologicalAbuse PsychoactiveSubstance "
    "ExcessiveWorkingHours WithholdsDocuments Other",
    "vic_TypeOfExploitation": "ForcedLabour SexualExploitation ChildLabour ForcedMarriage "
    "Servitude ForcedMilitaryByNonStateActors OrganRemoval ForcedBegging ForcedAdoption "
    "Surrogacy Other",
    "vic_ForcedLabourIndustry": "A B C D E F G H I J K L M N O P Q R S T U",
    "vic_TypeOfSexExploitation": "Prostitution Pornography RemoteInteractiveServices "
    "PrivateSexualServices",
    "cas_Status": "Active FollowUp Closed ClosedReferred",
    "cas_ReasonForIncomingReferral": "AdditionalServicesRequired MigrationOrChangeOfLocation Other",
    "cas_ReasonForOutgoingReferral": "AdditionalServicesRequired MigrationOrChangeOfLocation Other",
    "hte_Type": "Recruitment Transit Exploitation",
    "spl_Type": "Education Financial Health LabourExploitationRehabilitation Legal Livelihood "
    "RightsBasedTraining SexualExploitationRehabilitation SocialCare",
    "con_Consent": "true",
}
# Two letters (ISO 3166), or a code of ours in a field of text.
OPEN = {"org_ShippingCountry", "prs_Citizenship", "hte_Country", "cas_ReasonForCaseClosure"}
PERSONAL = {
    "prs_Salutation", "prs_FirstName", "prs_MiddleName", "prs_SecondName", "prs_Birthdate",
    "prs_Email", "prs_HomePhone", "prs_MobilePhone", "prs_IdentityNumber", "prs_MailingStreet",
    "prs_MailingCity", "prs_MailingState", "prs_MailingPostalCode", "prs_MailingCountry",
    "vic_AgeWhenTrafficked", "vic_LocationOfRecruitment", "vic_LocationOfExploitation",
    "cas_CaseOwner", "hte_Street", "hte_City", "hte_Date", "hte_Description", "spl_Objectives",
    "spl_ActionPlan", "org_Name", "org_ShippingStreet", "org_Phone",
}  # fmt: skip


def _codes(name: str) -> st.SearchStrategy[Any]:
    """Whatever the edition lets a fact say, and what it does not: a code of an office's own."""
    fact = FACTS.facts[name]
    codes: st.SearchStrategy[Any] = st.sampled_from([*fact.values, "of-an-office"])
    if fact.kind == "list":
        codes = st.lists(codes, max_size=4)
    elif fact.kind in ("country", "place"):
        codes = st.sampled_from(["KH", "TH"] if fact.kind == "country" else ["01", "12"])
    return codes | st.none() | st.just({"unknown": "declined"})


SERVICE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*FACTS.facts["services"].fields["kind"].values, "of-an-office"]),
        "choice": st.sampled_from(["accepted", "declined", "later"]),
        "on": st.just("2026-03"),
    }
)
NAMES = sorted(
    {name for table in STANDARD.tables for field in table.fields for name in field.source}
    & set(FACTS.facts)
)
CASE = st.fixed_dictionaries(
    {
        **{name: _codes(name) for name in NAMES},
        "services": st.lists(SERVICE, max_size=4),
        "case_status": st.sampled_from(VALUES["cas_Status"].split()),
        "outcome": st.sampled_from(["successful", "died", "transferred"]),
        "age": st.just("18-24"),
    }
)


def _cells(sheets: tuple[Sheet, ...]) -> list[tuple[str, str]]:
    """Every cell of the files as another program reads them: the field, and one value of it."""
    found = []
    for sheet in sheets:
        rows = csv.DictReader(io.StringIO(plain.as_csv(sheet).decode("utf-8"), newline=""))
        found += [
            (name, one) for row in rows for name, cell in row.items() for one in cell.split(";")
        ]
    return [(name, one) for name, one in found if one]


@given(st.lists(CASE, max_size=5))
def test_every_value_is_one_of_the_standard(cases: list[dict[str, Any]]) -> None:
    said = {f"CASE-{at}": case for at, case in enumerate(cases)}
    for name, value in _cells(htcds.sheets(STANDARD, said)):
        if name == "id":
            assert len(value) == 16
        elif name in OPEN - {"cas_ReasonForCaseClosure"}:
            assert value in ("KH", "TH")
        elif not name.startswith("ext_") and name not in OPEN:
            assert value in VALUES[name].split(), name


def test_no_field_of_a_person_is_ever_filled() -> None:
    empty = dict(STANDARD.empty)
    filled = {t.prefix + f.name for t in STANDARD.tables for f in t.fields if not f.reason}
    assert set(empty) >= PERSONAL
    ours = {name for name in filled if name.startswith("ext_")}
    assert filled - ours == set(VALUES) | OPEN
    assert set(STANDARD.not_written) == {"per_", "cco_"}


def _one(case: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    sheets = htcds.sheets(STANDARD, {"CASE": case})
    read = {
        sheet.name: io.StringIO(plain.as_csv(sheet).decode("utf-8"), newline="") for sheet in sheets
    }
    return {name: list(csv.DictReader(text)) for name, text in read.items()}


def test_a_case_as_the_standard_has_it() -> None:
    found = _one(
        {
            "sex": "female",
            "gender": {"unknown": "not-asked"},
            "nationality": "KH",
            "education_level": "isced-2",
            "exploitation": ["ForcedCriminality", "ForcedLabour"],
            "labour_industries": ["isic-n"],
            "exploitation_country": "TH",
            "case_status": "ClosedReferred",
            "outcome": "died",
            "age": "15-17",
            "services": [
                {"kind": "medical", "choice": "accepted"},
                {"kind": "medical", "choice": "declined"},
                {"kind": "spiritual", "choice": "accepted"},
            ],
        }
    )
    person, victim = found["prs_person"][0], found["vic_victim"][0]
    assert person["prs_Gender"] == "Feminine"
    assert (person["prs_Citizenship"], person["prs_HighestLevelOfEducation"]) == ("KH", "2")
    # Nobody who died stands in an export: whose case says so was opened again, and says nothing.
    assert person["prs_Deceased"] == ""
    # The standard has no forced crime: Other, and told apart in the table of ours.
    assert victim["vic_TypeOfExploitation"] == "Other;ForcedLabour"
    assert victim["vic_ForcedLabourIndustry"] == "N"
    assert found["ext_tipcase"][0]["ext_ForcedCriminality"] == "true"
    assert found["hte_event"][0]["hte_Country"] == "TH"
    assert [row["spl_Type"] for row in found["spl_support_plan"]] == ["Health"]
    assert found["con_consent"][0]["con_Consent"] == "true"
    assert len(found["org_organization"]) == 1
    ids = {row["id"] for rows in found.values() for row in rows if "id" in row}
    assert len(ids) == 1
    assert "CASE" not in ids


def test_a_gender_that_was_told_goes_before_the_sex_of_the_papers() -> None:
    found = _one({"sex": "male", "gender": "TransgenderFeminine"})
    assert found["prs_person"][0]["prs_Gender"] == "TransgenderFeminine"
    assert found["hte_event"] == []  # no country, no event
    assert _one({"sex": "other"})["prs_person"][0]["prs_Gender"] == ""


def test_the_ids_and_the_order_are_drawn_anew() -> None:
    cases = {f"CASE-{at:02}": {"nationality": "KH", "age": str(at)} for at in range(40)}

    def ages() -> tuple[list[Any], list[Any]]:
        sheet = next(s for s in htcds.sheets(STANDARD, cases) if s.name == "ext_tipcase")
        return [row[0] for row in sheet.rows], [row[1] for row in sheet.rows]

    (ids, order), (other_ids, other_order) = ages(), ages()
    assert not set(ids) & set(other_ids)
    assert sorted(order) == sorted(other_order)
    assert order != other_order
    assert ids == sorted(ids)
    kept = htcds.sheets(STANDARD, cases, with_ids=True)[1]
    assert [row[0] for row in kept.rows] == sorted(cases)


def test_the_attribution_credits_and_endorses_nothing() -> None:
    text = manifest.attribution(STANDARD).decode("utf-8")
    assert "Source: Human Trafficking Case Data Standards (HTCDS), December 2021." in text
    assert "CC BY 4.0" in text
    assert "github.com/UNMigration/HTCDS" in text
    assert "endorses" in text
    assert "DRAFT" in text
    for name in PERSONAL:
        assert f"  {name}: " in text


def test_the_mapping_names_only_what_may_leave() -> None:
    standard.check(EDITION, FACTS, STANDARD, WORKED_OUT)


TABLE = "prefix: prs_, name: prs_x"


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (f"{TABLE}, each: cases, columns: [{{name: A, from: [team], as_it_is: true}}]", "team"),
        (f"{TABLE}, each: team, columns: [{{name: A, is: a}}]", "team"),
        (f"{TABLE}, each: cases, columns: [{{name: A, from: [sexx], as_it_is: true}}]", "sexx"),
        (f"{TABLE}, each: services, columns: [{{name: A, from: [on], same: [a]}}]", "on is no"),
        ("prefix: prs, name: prs_x, each: cases, columns: [{name: A, is: a}]", "prefix"),
        ("prefix: prs_, name: ../x, each: cases, columns: [{name: A, is: a}]", "no file"),
        (f"{TABLE}, each: cases, columns: [{{name: A, empty: because}}]", "empty"),
        (f"{TABLE}, each: cases, columns: [{{name: A, from: [sex]}}]", "values"),
        (f"{TABLE}, each: cases, columns: [{{name: A}}]", "what fills it"),
        (f"{TABLE}, each: cases, columns: []", "no columns"),
        (f"{TABLE}, each: cases, colums: []", "colums"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path: Path, wrong: str, said: str) -> None:
    (tmp_path / "htcds.yaml").write_text(f"tables:\n  - {{{wrong}}}\n", encoding="utf-8")
    own = law.load([*EDITION.source.folders, tmp_path])
    with pytest.raises(EditionError, match=r"htcds\.yaml line") as raised:
        standard.check(own, FACTS, standard.load(own), WORKED_OUT)
    assert said in str(raised.value)
