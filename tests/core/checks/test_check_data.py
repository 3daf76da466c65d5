"""Checks of the data that a model stands on: listed, readable, coming by itself, and supported."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, dossier, model
from throughline.core.access_requests import AccessRequest, AccessState
from throughline.core.checks import CATALOGUE, Answer
from throughline.core.data_sources import Sensitivity, SourceInUse
from throughline.core.dossier import Dossier
from throughline.core.plain import from_plain, to_plain
from throughline.core.specs import SpecFacts, SpecState, version_facts
from throughline.core.stages import Stage

TODAY = NOW.date()
CHECKS = sorted(check for check in CATALOGUE if check in {
    "data.sources_listed", "data.access_granted", "data.sources_automated", "data.provider_supports",
})  # fmt: skip


def request(state: AccessState = AccessState.GRANTED, **more: Any) -> AccessRequest:
    given: dict[str, Any] = {
        "id": 1, "source_id": 1, "state": state, "needed_by": "Job", "reason": "Scores.", "sent_to": "Sales desk",
        "asked_at": NOW - timedelta(days=20), "asked_by": "Pam", "due_on": TODAY - timedelta(days=6), **more,
    }  # fmt: skip
    return AccessRequest(**given)


def source(*requests: AccessRequest, **more: Any) -> SourceInUse:
    given: dict[str, Any] = {
        "id": 1, "name": "Orders", "provider": "Sales", "owner": "Pam", "systems": "",
        "sensitivity": Sensitivity.INTERNAL, "refresh": "0 6 * * *", "time_zone": "UTC",
        "automation": "scheduled", "is_supported": True,
        "supported_until": None, "from_stage": Stage.CONCEPTION, "requests": requests, **more,
    }  # fmt: skip
    return SourceInUse(**given)


def fed(*sources: SourceInUse, stage: Stage = Stage.PRODUCTION, **more: Any) -> Dossier:
    return dossier(model=model(stage=stage), sources=sources, **more)


@pytest.mark.parametrize("check", CHECKS)
def test_a_model_with_no_source_listed_is_not_known_to_need_none(check: str) -> None:
    found = ask(check, fed())
    assert found.answer is Answer.UNKNOWN
    assert "not applicable" in found.remedy


@pytest.mark.parametrize("check", [one for one in CHECKS if one != "data.sources_listed"])
def test_what_is_used_later_is_not_asked_about_and_not_counted_as_none(check: str) -> None:
    later = source(from_stage=Stage.PRODUCTION, automation="manual", is_supported=False)
    found = ask(check, fed(later, stage=Stage.PROTOTYPE))
    assert found.answer is Answer.UNKNOWN
    assert "listed for later: Orders" in found.text
    assert ask(check, fed(later, stage=Stage.PROTOTYPE), stage="production").answer is Answer.UNMET
    assert ask(check, fed(later, stage=Stage.PROTOTYPE), stage="no such stage").answer is Answer.UNMET


class TestListed:
    def test_with_provider_and_owner(self) -> None:
        found = ask("data.sources_listed", fed(source()))
        assert (found.answer, found.text) == (Answer.MET, "Orders from Sales, owned by Pam.")

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"provider": ""}, "Orders: no provider."),
            ({"owner": ""}, "Orders: no owner."),
            ({"provider": "", "owner": ""}, "Orders: no provider and no owner."),
            ({"has_ended": True}, "Orders was retired."),
        ],
    )
    def test_what_is_missing_is_named(self, more: dict[str, Any], said: str) -> None:
        found = ask("data.sources_listed", fed(source(), source(id=2, **more)))
        assert (found.answer, found.text) == (Answer.UNMET, said)

    def test_of_many_the_first_are_named(self) -> None:
        many = [source(id=number, name=f"S{number}", owner="") for number in range(9)]
        assert ask("data.sources_listed", fed(*many)).text.endswith("S4: no owner; and 4 more.")

    def test_names_in_the_specification_that_are_not_linked_are_told(self) -> None:
        rows = [{"source": "orders "}, {"source": "Weather"}, {"source": ""}]
        spec = SpecFacts(approved=version_facts(1, SpecState.APPROVED, {"data": {"sources": rows}}))
        found = ask("data.sources_listed", fed(source(), spec=spec))
        assert found.answer is Answer.MET
        assert found.text.endswith("The specification also names, not linked: Weather.")


class TestAccess:
    @pytest.mark.parametrize(
        ("until", "is_met"),
        [(None, True), (TODAY, True), (TODAY + timedelta(days=1), True), (TODAY - timedelta(days=1), False)],
    )
    def test_a_grant_holds_to_its_last_day(self, until: date | None, is_met: bool) -> None:
        found = ask("data.access_granted", fed(source(request(granted_until=until))))
        assert found.answer is (Answer.MET if is_met else Answer.UNMET)

    def test_a_policy_may_ask_that_it_holds_longer(self) -> None:
        seen = fed(source(request(granted_until=TODAY + timedelta(days=29))))
        assert ask("data.access_granted", seen, days_left=29).answer is Answer.MET
        found = ask("data.access_granted", seen, days_left=30)
        assert (found.answer, found.text) == (Answer.UNMET, "Orders: the grant ends on 2026-03-31.")

    def test_what_is_public_needs_no_grant(self) -> None:
        found = ask("data.access_granted", fed(source(sensitivity=Sensitivity.PUBLIC)))
        assert (found.answer, found.text) == (Answer.MET, "Orders is public.")

    @pytest.mark.parametrize(
        ("requests", "said", "remedy"),
        [
            ([], "Orders: access was never asked for.", "Ask for access"),
            (
                [request(AccessState.ASKED)],
                "Orders: asked of Sales desk on 2026-02-10, overdue by 6 days.",
                "Chase Sales desk.",
            ),
            (
                [request(AccessState.ASKED, due_on=TODAY)],
                "Orders: asked of Sales desk on 2026-02-10, answer due on 2026-03-02.",
                "Wait for the answer of Sales desk",
            ),
            ([request(AccessState.REFUSED)], "Orders: refused by Sales desk.", "Ask for access"),
            ([request(AccessState.WITHDRAWN)], "Orders: the request was withdrawn.", "Ask for access"),
            ([request(AccessState.REVOKED)], "Orders: the grant was revoked.", "Ask for access"),
        ],
    )
    def test_without_a_grant_it_is_said_why(
        self, requests: list[AccessRequest], said: str, remedy: str
    ) -> None:
        found = ask("data.access_granted", fed(source(*requests)))
        assert (found.answer, found.text) == (Answer.UNMET, said)
        assert found.remedy.startswith(remedy)

    def test_an_earlier_grant_still_counts_while_a_longer_one_is_asked_for(self) -> None:
        both = (request(granted_until=TODAY), request(AccessState.ASKED, id=2))
        assert ask("data.access_granted", fed(source(*both))).answer is Answer.MET

    def test_every_source_counts_and_the_overdue_comes_first(self) -> None:
        bare, late = source(id=2, name="Calls"), source(request(AccessState.ASKED), id=3, name="Tills")
        found = ask("data.access_granted", fed(source(request()), bare, late))
        assert found.text.startswith("Tills: asked of")
        assert "Calls: access was never asked for" in found.text


class TestAutomated:
    @pytest.mark.parametrize(
        ("automation", "answer"),
        [
            ("scheduled", Answer.MET),
            ("scripted", Answer.UNMET),
            ("manual", Answer.UNMET),
            ("", Answer.UNKNOWN),
        ],
    )
    def test_only_a_schedule_is_enough(self, automation: str, answer: Answer) -> None:
        assert ask("data.sources_automated", fed(source(), source(automation=automation))).answer is answer

    def test_a_policy_may_accept_scripts(self) -> None:
        seen = fed(source(automation="scripted"))
        assert ask("data.sources_automated", seen, accept=["scripted", "scheduled"]).answer is Answer.MET

    def test_what_is_wrong_hides_nothing_unknown_as_met(self) -> None:
        found = ask("data.sources_automated", fed(source(automation="manual"), source(automation="")))
        assert (found.answer, found.text) == (Answer.UNMET, "Orders is refreshed by hand.")


class TestSupported:
    @pytest.mark.parametrize(
        ("more", "answer"),
        [
            ({}, Answer.MET),
            ({"supported_until": TODAY}, Answer.MET),
            ({"supported_until": TODAY - timedelta(days=1)}, Answer.UNMET),
            ({"is_supported": False}, Answer.UNMET),
            ({"is_supported": None}, Answer.UNKNOWN),
            ({"has_ended": True}, Answer.UNMET),
        ],
    )
    def test_by_its_provider_today(self, more: dict[str, Any], answer: Answer) -> None:
        assert ask("data.provider_supports", fed(source(), source(**more))).answer is answer

    def test_a_policy_may_ask_that_it_lasts(self) -> None:
        seen = fed(source(supported_until=TODAY + timedelta(days=10)))
        assert ask("data.provider_supports", seen, days_left=10).answer is Answer.MET
        found = ask("data.provider_supports", seen, days_left=11)
        assert (found.answer, found.text) == (Answer.UNMET, "Orders is supported until 2026-03-12 only.")


def test_a_sign_off_on_the_sources_is_touched_by_what_matters_and_not_by_words() -> None:
    before = fed(source(request())).covered(["sources"])
    assert fed(source(request(), purpose="Other words")).covered(["sources"]) == before
    for other in (source(request(granted_until=TODAY)), source(request(), owner="Dan"), source()):
        assert fed(other).covered(["sources"]) != before
    assert fed().covered(["sources"]) == {}


def test_a_dossier_with_sources_comes_back_from_its_export() -> None:
    seen = fed(source(request(granted_until=TODAY), supported_until=TODAY))
    assert from_plain(Dossier, to_plain(seen)) == seen
