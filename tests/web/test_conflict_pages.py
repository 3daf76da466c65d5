"""Two people in one form: different fields merge with a notice, the same field is laid before the second writer."""

from django.test import Client

from tests import make


def sent(opened: dict[str, str], version: int, **changed: str) -> dict[str, str]:
    """What a browser sends: every field, what each said when the form was opened, and the version."""
    return {
        **opened,
        **changed,
        **{f"initial-{name}": value for name, value in opened.items()},
        "version": str(version),
    }


def opened(model: make.MLModel) -> dict[str, str]:
    names = ("name", "summary", "risk_tier", "scoring", "team", "unit", "external_id")
    return {name: str(getattr(model, name) or "") for name in names}


def test_different_fields_are_merged_and_it_is_said(world: make.World, pm: Client) -> None:
    model = world.model(team="Pricing")
    form = opened(model)
    pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Fraud"))
    answer = pm.post(f"/models/{model.pk}/edit", sent(form, 1, unit="Cards"), follow=True)
    model.refresh_from_db()
    assert (model.team, model.unit) == ("Fraud", "Cards")
    assert "What somebody else changed meanwhile is kept: team." in answer.content.decode()


def test_the_same_field_is_shown_with_both_and_saved_only_when_chosen(
    world: make.World, pm: Client, leader: Client
) -> None:
    model = world.model(team="Pricing")
    world.member(world.leader, make.AccessRole.MEMBER)
    form = opened(model)
    leader.post(f"/models/{model.pk}/edit", sent(form, 1, team="Fraud"))
    late = pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Cards"))
    page = late.content.decode()
    assert late.status_code == 412
    assert "Li changed this too" in page
    assert "Fraud" in page
    assert 'value="Cards"' in page
    model.refresh_from_db()
    assert model.team == "Fraud"
    assert pm.post(f"/models/{model.pk}/edit", sent(form, 2, team="Cards")).status_code == 302
    model.refresh_from_db()
    assert model.team == "Cards"


def test_ones_own_second_tab_is_called_that(world: make.World, pm: Client) -> None:
    model = world.model(team="Pricing")
    form = opened(model)
    pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Fraud"))
    assert (
        b"You changed this in another tab"
        in pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Cards")).content
    )


def test_both_writing_the_same_is_no_conflict(world: make.World, pm: Client) -> None:
    model = world.model(team="Pricing")
    form = opened(model)
    pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Fraud"))
    assert pm.post(f"/models/{model.pk}/edit", sent(form, 1, team="Fraud")).status_code == 302
