"""Owners of a file: found by address or by a name that is one person's, never guessed, never over what people did."""

import pytest

from tests.core.imports.test_imports_accounts import TODAY
from throughline.core.errors import Refused
from throughline.core.imports.accounts import Known, require_as_shown, understand
from throughline.core.imports.mapping import mapping_from_json, mapping_to_json, propose_mapping
from throughline.core.imports.owners import Candidate, Fate, Holder, Owners
from throughline.core.imports.tables import Source, build_table
from throughline.core.people import Role

ANA = Candidate(1, "Ana Ruiz", "ana@example.org", is_of_program=True)
LI = Candidate(2, "Li Wei", "li@example.org", is_of_program=True)
NAMESAKES = (
    Candidate(3, "Kim Lee", "kim@example.org", True),
    Candidate(4, "kim  lee", "lee@example.org", True),
)
STRANGER = Candidate(5, "Otto Berg", "otto@example.org", is_of_program=False)


def owners(
    *, may_assign: bool = True, holders: dict[str, tuple[Holder, ...]] | None = None, duty: str = "leader"
) -> Owners:
    people = (ANA, LI, *NAMESAKES, STRANGER)
    return Owners.among(people, duty=duty, may_assign=may_assign, holders=holders or {})


def table(*rows: tuple[str, str]):
    lines = [("ID", "Name", "Stage", "Owner"), *((key, f"M{key}", "Live", owner) for key, owner in rows)]
    return build_table(enumerate(lines, start=1), Source("portfolio.csv", "csv"))


def account(*rows: tuple[str, str], known: dict[str, Known] | None = None, found: Owners | None = None):
    content = table(*rows)
    mapping = propose_mapping(content).mapping
    return understand(content, mapping, known=known or {}, today=TODAY, owners=found or owners())


@pytest.mark.parametrize(
    ("text", "fate", "person_id"),
    [
        ("Ana Ruiz", Fate.ASSIGN, 1),
        ("ana  ruiz", Fate.ASSIGN, 1),
        ("LI@example.org", Fate.ASSIGN, 2),
        ("otto@example.org", Fate.ASSIGN, 5),
        ("Otto Berg", Fate.UNKNOWN, None),
        ("Ana", Fate.UNKNOWN, None),
        ("Ana Ruiz, Li Wei", Fate.UNKNOWN, None),
        ("ana@example.com", Fate.UNKNOWN, None),
        ("Kim Lee", Fate.UNCLEAR, None),
        ("kim@example.org", Fate.ASSIGN, 3),
    ],
)
def test_an_address_or_a_name_that_is_one_persons_is_found_and_nothing_else(text, fate, person_id):
    named = owners().named(text, "1")
    assert (named.fate, named.person_id) == (fate, person_id)


@pytest.mark.parametrize(
    ("holders", "fate", "said"),
    [
        ((), Fate.ASSIGN, ""),
        ((Holder(1, "Ana Ruiz"),), Fate.HELD, ""),
        ((Holder(2, "Li Wei"),), Fate.STAYS, "the file names Ana Ruiz; Li Wei is Leader here and stays so"),
        ((Holder(1, "Ana Ruiz", is_over=True),), Fate.STAYS, "Ana Ruiz was Leader here until somebody ended that"),
        ((Holder(2, "Li Wei", is_over=True),), Fate.ASSIGN, ""),
        ((Holder(1, "Ana Ruiz", is_over=True), Holder(1, "Ana Ruiz")), Fate.HELD, ""),
    ],
)  # fmt: skip
def test_what_people_gave_or_ended_stays(holders, fate, said):
    named = owners(holders={"7": holders}).named("Ana Ruiz", "7")
    assert named.fate is fate
    assert said in named.said
    assert (named.person_id == 1) is (fate is Fate.ASSIGN)
    assert owners(holders={"7": holders}).named("Ana Ruiz", "8").fate is Fate.ASSIGN


def test_whoever_may_not_assign_imports_without():
    named = owners(may_assign=False).named("Ana Ruiz", "1")
    assert (named.fate, named.person_id) == (Fate.NOT_ALLOWED, None)
    assert owners(may_assign=False).named("Nobody", "1").fate is Fate.UNKNOWN


def test_the_account_counts_owners_and_lists_those_who_are_nobody():
    found = account(("1", "Ana Ruiz"), ("2", "Zoe"), ("3", "Zoe"), ("4", "Yan"), ("5", "Kim Lee"), ("6", ""))
    counts = found.counts()["owners"]
    assert found.assigned() == {1: 1}
    assert {name: counts[name] for name in ("duty", "assign", "unknown", "unclear", "held")} == {
        "duty": "leader", "assign": 1, "unknown": 3, "unclear": 1, "held": 0,
    }  # fmt: skip
    assert (counts["nobody"], counts["several"]) == ({"Zoe": 2, "Yan": 1}, {"Kim Lee": 1})
    assert (counts["names_of_nobody"], counts["names_of_several"]) == (2, 1)
    assert [row.codes for row in found.rows] == [
        (), ("owner_unknown",), ("owner_unknown",), ("owner_unknown",), ("owner_unclear",), ()
    ]  # fmt: skip
    assert found.rows[1].problems[0].value == "Zoe"


def test_rows_that_are_held_back_assign_nobody():
    content = build_table(
        enumerate([("ID", "Name", "Stage", "Owner"), ("1", "A", "odd", "Ana Ruiz")], start=1),
        Source("p.csv", "csv"),
    )
    found = understand(content, propose_mapping(content).mapping, known={}, today=TODAY, owners=owners())
    assert found.assigned() == {}
    assert found.counts()["owners"]["assign"] == 0


def test_an_unchanged_row_still_assigns_who_is_known_by_now():
    before = account(("1", "Ana Ruiz"))
    known = {"1": Known(before.rows[0].fingerprint, "production")}
    again = account(("1", "Ana Ruiz"), known=known)
    assert [row.outcome.value for row in again.rows] == ["unchanged"]
    assert again.assigned() == {1: 1}


def test_without_a_column_or_a_duty_nothing_is_said_of_owners():
    content = table(("1", "Ana Ruiz"))
    found = understand(content, propose_mapping(content).mapping, known={}, today=TODAY)
    assert "owners" not in found.counts()
    assert found.rows[0].understood["owner"] == "Ana Ruiz"


def test_more_or_fewer_duties_than_were_shown_are_refused():
    shown = account(("1", "Ana Ruiz")).counts()
    require_as_shown(shown, shown)
    now = account(("1", "Ana Ruiz"), found=owners(may_assign=False)).counts()
    with pytest.raises(Refused, match="now 0 duties would be assigned"):
        require_as_shown(now, shown)


def test_the_duty_is_part_of_the_mapping_and_old_mappings_mean_the_program_manager():
    content = {**mapping_to_json(propose_mapping(table(("1", "Ana"))).mapping), "owner_duty": "leader"}
    assert mapping_to_json(mapping_from_json(content))["owner_duty"] == "leader"
    assert mapping_from_json({**content, "owner_duty": ""}).owner_duty == ""
    old = {name: value for name, value in content.items() if name != "owner_duty"}
    assert mapping_from_json(old).owner_duty == Role.PROGRAM_MANAGER
    with pytest.raises(Refused) as refused:
        mapping_from_json({**content, "owner_duty": "king"})
    assert refused.value.reasons[0].field == "owner_duty"
