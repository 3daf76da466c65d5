"""The specification on its pages: written section by section, read, commented on, approved, compared, changed."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from throughline.actions import specs
from throughline.records.access import Membership
from throughline.records.portfolio import MLModel
from throughline.records.specs import ScopeChange, Spec, SpecComment
from throughline.records.stakeholders import Stakeholder

HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)> [a](javascript:alert(1))"


@pytest.fixture
def model(world: make.World) -> MLModel:
    return world.model()


def begin(pm: Client, model: MLModel) -> None:
    assert pm.post(f"/models/{model.pk}/spec/start?tab=spec").status_code == 302


def section(model: MLModel, key: str = "problem") -> str:
    return f"/models/{model.pk}/spec/sections/{key}"


def save(client: Client, model: MLModel, key: str = "problem", *, htmx: bool = False, **fields: str) -> Any:
    sent = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(section(model, key), sent, headers=HTMX if htmx else {})


def submitted(pm: Client, model: MLModel) -> Spec:
    begin(pm, model)
    save(pm, model, problem__problem="Calls come late", then="back")
    pm.post(f"/models/{model.pk}/spec/submit?tab=spec", {"version": "2"})
    return Spec.objects.get(model=model)


def approved(pm: Client, leader: Client, model: MLModel) -> Spec:
    row = submitted(pm, model)
    leader.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint})
    row.refresh_from_db()
    assert row.state == "approved"
    return row


def tab(client: Client, model: MLModel, more: str = "") -> str:
    answer = client.get(f"/models/{model.pk}?tab=spec{more}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_without_a_specification_the_page_says_how_to_begin(
    pm: Client, leader: Client, model: MLModel
) -> None:
    page = tab(pm, model)
    assert "No specification yet" in page
    assert "Begin the specification" in page
    assert pm.get(section(model)).status_code == 409
    assert pm.get(f"/models/{model.pk}/spec/compare").status_code == 200


def test_from_the_first_section_to_the_approval(pm: Client, leader: Client, model: MLModel) -> None:
    begin(pm, model)
    answer = save(pm, model, problem__problem="Calls come **late**", version="1", then="next")
    assert answer["Location"].endswith("/spec/sections/decision")
    page = tab(pm, model)
    assert "Calls come <strong>late</strong>" in page
    assert "Missing for" in page
    assert "An output that changes no decision has no value" in page
    pm.post(f"/models/{model.pk}/spec/submit?tab=spec", {"version": "2"})
    row = Spec.objects.get()
    assert "You wrote or submitted this version" in tab(pm, model)
    page = tab(leader, model)
    assert f'name="seen" value="{row.fingerprint}"' in page
    leader.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint, "reason": "Good."})
    row.refresh_from_db()
    assert row.state == "approved"
    page = tab(leader, model)
    assert "“Good.”" in page
    assert "Ask for a change of scope" in page


def test_the_author_does_not_approve_on_the_page(pm: Client, model: MLModel, world: make.World) -> None:
    world.assign(world.pm, "leader", model)
    row = submitted(pm, model)
    answer = pm.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint})
    assert answer.status_code == 409
    assert "you can&#x27;t approve it" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "submitted"


def test_scripts_in_any_text_are_shown_as_words(pm: Client, leader: Client, model: MLModel) -> None:
    begin(pm, model)
    save(pm, model, problem__problem=SCRIPT, then="back")
    save(pm, model, "data", data__sources__0__source=SCRIPT, data__sources__0__owner=SCRIPT, then="back")
    save(pm, model, "outputs", outputs__where=SCRIPT, outputs__schema__0__column=SCRIPT, then="back")
    pm.post(f"/models/{model.pk}/spec/comments?tab=spec", {"section": "problem", "text": SCRIPT})
    assert SpecComment.objects.get().text == SCRIPT
    pm.post(f"/models/{model.pk}/spec/submit?tab=spec")
    leader.post(f"/models/{model.pk}/spec/return?tab=spec", {"reason": SCRIPT})
    save(pm, model, problem__problem="x" + SCRIPT, then="back")
    pages = [tab(pm, model), tab(pm, model, "&v=1"), *(pm.get(path).content.decode() for path in (
        section(model), section(model, "data"), section(model, "outputs"), f"/models/{model.pk}/spec/compare?a=1&b=2",
    ))]  # fmt: skip
    for page in pages:
        assert "alert(" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


def test_it_saves_itself_and_says_so(pm: Client, model: MLModel) -> None:
    begin(pm, model)
    answer = save(pm, model, htmx=True, problem__problem="Calls", version="1")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Saved at" in page
    assert 'value="2" hx-swap-oob="true"' in page
    assert Spec.objects.get().content == {"problem": {"problem": "Calls"}}


def test_what_can_not_be_saved_yet_is_said_and_kept_in_the_browser(pm: Client, model: MLModel) -> None:
    begin(pm, model)
    fields = {"outputs__schema__0__type": "text"}
    answer = save(pm, model, "outputs", htmx=True, **fields)
    assert answer["X-Nothing-Saved"] == "yes"
    assert "Not saved yet: Column: this is empty." in answer.content.decode()
    answer = save(pm, model, "outputs", then="back", **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<option value="text" selected>' in page
    assert "Name it, or clear the row." in page
    assert Spec.objects.get().content == {}


def test_rows_are_added_and_removed_without_scripts_and_nothing_typed_is_lost(
    pm: Client, model: MLModel
) -> None:
    begin(pm, model)
    fields = {
        "data__sources__0__source": "CRM",
        "data__sources__1__source": "Web",
        "data__notes": "Since 2019",
    }
    page = pm.post(
        section(model, "data"),
        {k.replace("__", "."): v for k, v in fields.items()} | {"rows.do": "add:sources"},
    )
    text = page.content.decode()
    assert page.status_code == 200
    assert 'name="data.sources.3.source"' in text
    assert "Since 2019" in text
    answer = save(pm, model, "data", rows_do="", **fields, then="back")
    assert answer.status_code == 302
    page = pm.post(
        section(model, "data"),
        {k.replace("__", "."): v for k, v in fields.items()} | {"rows.do": "remove:sources:0"},
        headers=HTMX,
    )
    assert page["HX-Reselect"] == "#the-form"
    assert 'value="CRM"' not in page.content.decode()
    assert len(Spec.objects.get().content["data"]["sources"]) == 2


def test_criteria_are_written_with_the_rows_of_their_own_slice(pm: Client, model: MLModel) -> None:
    begin(pm, model)
    page = pm.post(section(model, "criteria"), {"criteria.do": "add"}).content.decode()
    assert 'name="criteria.0.title"' in page
    given = {
        "title": "Precision", "metric": "metric.val_precision", "baseline": "0.4", "baseline_source": "rule",
        "target": "0.3", "direction": "increase",
    }  # fmt: skip
    sent = {f"criteria.0.{name}": value for name, value in given.items()}
    answer = pm.post(section(model, "criteria"), {**sent, "then": "back"})
    assert answer.status_code == 422
    assert "below the baseline" in answer.content.decode()
    assert (
        pm.post(section(model, "criteria"), {**sent, "criteria.0.target": "0.6", "then": "back"}).status_code
        == 302
    )
    assert Spec.objects.get().content["criteria"][0]["target"] == 0.6
    assert "at least 0.6" in tab(pm, model)


def test_the_second_writer_of_a_section_sees_both_texts(
    pm: Client, leader: Client, world: make.World, model: MLModel
) -> None:
    world.member(world.leader, make.AccessRole.MEMBER)
    begin(pm, model)
    save(leader, model, problem__problem="Li's words", version="1", then="back")
    for htmx in (False, True):
        answer = save(pm, model, problem__problem="Ana's words", version="1", htmx=htmx)
        page = answer.content.decode()
        assert answer.status_code == 412
        assert "Li changed this section too" in page
        assert "Li&#x27;s words" in page
        assert "Ana&#x27;s words" in page
        assert 'name="version" value="2"' in page
    assert Spec.objects.get().content["problem"]["problem"] == "Li's words"
    assert save(pm, model, problem__problem="Both", version="2", then="back").status_code == 302


def test_a_conflict_in_a_table_is_told_cell_by_cell(
    pm: Client, leader: Client, world: make.World, model: MLModel
) -> None:
    world.member(world.leader, make.AccessRole.MEMBER)
    begin(pm, model)
    save(
        leader,
        model,
        "data",
        data__sources__0__source="Web",
        data__sources__1__source="CRM",
        version="1",
        then="back",
    )
    mine = {"data__sources__0__source": "CRM", "data__sources__0__owner": "Sales"}
    page = save(pm, model, "data", version="1", **mine).content.decode()
    assert "CRM: owner" in page
    assert 'data-takes="data.sources.1.source" data-value="Web"' in page


def test_a_comment_holds_up_and_what_was_typed_stays_when_refused(
    pm: Client, leader: Client, model: MLModel
) -> None:
    row = submitted(pm, model)
    leader.post(f"/models/{model.pk}/spec/comments?tab=spec", {"section": "problem", "text": "How late?"})
    answer = leader.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint})
    assert answer.status_code == 409
    assert "Comments are open" in answer.content.decode()
    said = SpecComment.objects.get()
    assert "1 open comment" in tab(leader, model)
    pm.post(f"/models/{model.pk}/spec/comments/{said.pk}/resolve")
    assert "settled: Ana" in tab(leader, model)
    leader.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint})
    late = leader.post(
        f"/models/{model.pk}/spec/comments?tab=spec", {"section": "problem", "text": "One more"}
    )
    assert late.status_code == 409


def test_a_returned_version_leads_into_the_next_one(pm: Client, leader: Client, model: MLModel) -> None:
    submitted(pm, model)
    assert leader.post(f"/models/{model.pk}/spec/return?tab=spec", {"reason": " "}).status_code == 422
    assert leader.post(f"/models/{model.pk}/spec/return?tab=spec", {"reason": "Unclear."}).status_code == 302
    page = tab(pm, model)
    assert "Specification, version 2" in page
    assert "“Unclear.”" in tab(pm, model, "&v=1")


def test_two_versions_are_compared_by_the_words_and_the_choice_is_in_the_address(
    pm: Client, leader: Client, model: MLModel
) -> None:
    approved(pm, leader, model)
    pm.post(f"/models/{model.pk}/spec/start?tab=spec")
    save(pm, model, problem__problem="Calls come too late", version="1", then="back")
    page = pm.get(f"/models/{model.pk}/spec/compare?a=1&b=2").content.decode()
    assert "<ins>too </ins>" in page
    older = tab(pm, model, "&v=1")
    assert "Ask for a change of scope" in older
    assert "Begin the next version" not in older
    assert '<option value="2" selected>' in page
    assert "They say the same" in pm.get(f"/models/{model.pk}/spec/compare?a=1&b=1").content.decode()
    assert pm.get(f"/models/{model.pk}/spec/compare?a=99&b=x").status_code == 200


def test_a_change_of_scope_is_asked_for_and_decided_by_somebody_else(
    pm: Client, leader: Client, world: make.World, model: MLModel
) -> None:
    approved(pm, leader, model)
    Stakeholder.objects.create(
        model=model, name="Sales desk", is_group=True, part="user", created_at=world.now, created_by="test"
    )
    path = f"/models/{model.pk}/scope-changes/new"
    given = {"reason_kind": "data_poor", "reason": "Half of it is missing."}
    answer = pm.post(path, given)
    assert answer.status_code == 422
    assert "Half of it is missing." in answer.content.decode()
    pm.post(path, {**given, "effect_on_dates": "Four weeks later."})
    change = ScopeChange.objects.get()
    address = f"/models/{model.pk}/scope-changes/{change.pk}"
    page = pm.get(address).content.decode()
    assert "You asked for this change, so somebody else decides it." in page
    assert "Sales desk" in page
    assert pm.post(f"{address}/decide", {"answer": "approve", "reason": "Yes."}).status_code in (403, 409)
    assert leader.post(f"{address}/decide", {"answer": "maybe", "reason": "Yes."}).status_code == 422
    assert leader.post(f"{address}/decide", {"answer": "approve", "reason": "Yes."}).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.next_spec.number if change.next_spec else 0) == ("approved", 2)
    assert pm.post(f"{address}/withdraw").status_code == 409


def test_outsiders_and_readers_are_kept_out(
    sign_in: Any, world: make.World, pm: Client, model: MLModel
) -> None:
    submitted(pm, model)
    other = sign_in(make.World(now=world.now).pm)
    reader_person = world.person("Rea")
    Membership.objects.create(
        program=world.program, person=reader_person, role="viewer", granted_by="test", granted_at=world.now
    )
    reader = sign_in(reader_person)
    assert other.get(f"/models/{model.pk}?tab=spec").status_code == 404
    for path in (
        "spec/start",
        "spec/submit",
        "spec/approve",
        "spec/return",
        "spec/comments",
        "spec/sections/problem",
    ):
        answer = other.post(
            f"/models/{model.pk}/{path}", {"seen": "0" * 64, "reason": "x", "section": "ux", "text": "x"}
        )
        assert answer.status_code == 404, path
        answer = reader.post(
            f"/models/{model.pk}/{path}", {"seen": "0" * 64, "reason": "x", "section": "ux", "text": "x"}
        )
        assert answer.status_code == 403, path
    assert "Calls come late" in tab(reader, model)
    assert "Submit for approval" not in tab(reader, model)


def test_the_past_shows_what_was_approved_then(
    pm: Client, leader: Client, world: make.World, model: MLModel
) -> None:
    actor = world.actor(world.pm)
    specs.start_draft(actor=actor, model_id=model.pk, now=world.now)
    specs.write_section(
        actor=actor, model_id=model.pk, section="problem", content={"problem": "Old words"}, now=world.now
    )
    specs.submit_spec(actor=actor, model_id=model.pk, now=world.now)
    day = world.now.date().isoformat()
    page = tab(pm, model, f"&as_of={day}")
    assert "Old words" in page
    assert "Submit for approval" not in page
    assert "Your answer" not in page


def test_the_page_asks_the_database_a_fixed_number_of_times(
    pm: Client, leader: Client, model: MLModel, django_assert_max_num_queries: Any
) -> None:
    approved(pm, leader, model)
    tab(pm, model)  # a process reads the policy once
    with django_assert_max_num_queries(20):
        tab(pm, model)
    with django_assert_max_num_queries(20):
        pm.get(f"/models/{model.pk}")


def test_what_waits_for_an_approver_is_on_their_today_page_and_on_nobody_elses(
    pm: Client, leader: Client, model: MLModel
) -> None:
    row = submitted(pm, model)
    page = leader.get("/").content.decode()
    assert "Version 1 of the specification waits for your approval." in page
    assert "1 thing waits for your answer" in page
    assert "waits for your approval" not in pm.get("/").content.decode()
    leader.post(f"/models/{model.pk}/spec/approve?tab=spec", {"seen": row.fingerprint})
    pm.post(
        f"/models/{model.pk}/scope-changes/new",
        {"reason_kind": "other", "reason": "Retail too.", "effect_on_scope": "More."},
    )
    page = leader.get("/").content.decode()
    assert "Change of scope: Churn" in page
    assert "Change of scope: Churn" not in pm.get("/").content.decode()
