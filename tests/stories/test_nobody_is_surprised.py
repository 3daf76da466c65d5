"""From the first idea to a gate that opens: what is asked for, agreed, promised, missed, told and mended.

The program's people use the pages; the user has a phone and a link in a mail. Mails go through a real mail server.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.utils import timezone

from tests.make import World
from tests.stories import post_office
from tests.stories.post_office import PostOffice
from tests.stories.walk import Guest, Walker, work_off_the_jobs
from throughline.core.people import Responsibility, Role
from throughline.core.permissions import AccessRole
from throughline.records.moves import Move
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]

CHECKS: dict[str, list[object]] = {
    "conception_to_prototype": [
        "planning.feasibility_is_go",
        "stakeholders.parts_named",
        "spec.approved",
        "spec.criteria_measurable",
        "promises.expectations_given",
        "promises.acknowledged",
    ],
    "prototype_to_production_ready": [
        "prototype.bears_out_assumptions",
        "promises.acknowledged",
        "promises.nobody_untold",
        "outputs.draft_approved",
        "outputs.timeline_told",
    ],
}
SPEC = {
    "problem": {"problem": "The desk calls **when customers have left**: 61 % of 4,200 calls in 2025."},
    "decision": {"decision": "Whom the desk calls today."},
    "alternative": {
        "considered": "A list by end of contract.",
        "conclusion": "It misses half of those who leave.",
    },
    "data": {"sources.0.source": "CRM contracts", "sources.0.owner": "Sales data team"},
    "frequency": {"every": "daily"},
}
CRITERION = {
    "title": "Calls that reach a leaver",
    "metric": "metric.val_precision",
    "target": "0.6",
    "baseline": "0.39",
    "baseline_source": "Calls of 2025",
}
ROWS = "customer,score,reason\n1001,0.93,usage fell\n1002,0.88,opened the contract\n"
PHONE = {"width": 360, "height": 740}


class Story:
    """Who is in it, and what each of them does at their browser or phone."""

    def __init__(self, site: str, open_page: Callable[..., Any], clock: Any, office: PostOffice) -> None:
        self.site, self.open_page, self.clock, self.office = site, open_page, clock, office
        self.world = World(now=timezone.now())
        self.world.policy(CHECKS)
        self.sam = self.world.person("Sam")
        self.world.member(self.sam, AccessRole.MEMBER)
        self.ana = Walker(site, self.world.pm, open_page)
        self.li = Walker(site, self.world.leader, open_page)
        self.scientist = Walker(site, self.sam, open_page)
        on_phone = partial(open_page, **PHONE)
        self.ruth = Walker(site, self.world.person("Ruth Adler"), on_phone)
        self.lea = Walker(site, self.world.person("Lea Stern"), on_phone)
        self.uma = Guest(site, None, on_phone)  # type: ignore[arg-type]
        self.link = ""

    def days_pass(self, days: float) -> None:
        self.clock.shift(timedelta(days=days))
        self.world.now = timezone.now()
        for walker in (self.ana, self.li, self.scientist, self.ruth, self.lea):
            walker.sign_in()

    def day(self, ahead: int) -> str:
        return (timezone.now() + timedelta(days=ahead)).date().isoformat()

    @property
    def model(self) -> MLModel:
        return MLModel.objects.get(program=self.world.program)

    @property
    def here(self) -> str:
        return f"/models/{self.model.pk}"

    def stakeholder(self, name: str) -> int:
        return int(self.model.stakeholders.get(name=name).pk)

    def asks_for_the_move(self) -> None:
        self.ana.goes_to(f"{self.here}/move?kind=advance").fills(reason="It is time.")
        self.ana.presses("Ask for the move").reads("The move is asked for.")

    def decider_looks(self) -> Walker:
        move = Move.objects.filter(model=self.model).latest("pk")
        return self.li.goes_to(f"/moves/{move.pk}")

    def gate_is_closed(self, *why: str) -> None:
        looks = self.decider_looks()
        for words in why:
            looks.reads(words)
        assert looks.page.get_by_role("button", name="Approve").get_attribute("aria-disabled") == "true"

    def gate_opens(self) -> None:
        self.decider_looks().presses("Approve").reads("the model has moved")

    def promises(self, kind: str, to: set[str], **fields: str) -> None:
        ana = self.ana.goes_to(f"{self.here}?tab=promises").follows("Give a promise")
        ana.page.locator(f'a[href="?kind={kind}"]').click()
        ana.fills(**fields)
        for box in ana.page.locator("[name=stakeholders]").all():
            box.set_checked(any(name in box.locator("xpath=..").inner_text() for name in to))
        ana.presses("Promise it").reads("It is promised.")

    def measures(self, hits: int, of: int) -> None:
        sam = self.scientist.goes_to(f"{self.here}?tab=criteria").follows("Measure Calls that reach a leaver")
        writes(sam, {"uncertainty.k": str(hits), "uncertainty.n": str(of)})
        sam.presses("Attach it").reads("The measurement is attached.")

    def shows_a_draft(self, title: str, folder: Path) -> None:
        file = folder / "scores.csv"
        file.write_text(ROWS)
        ana = self.ana.goes_to(f"{self.here}?tab=outputs").follows("Share output")
        ana.fills(title=title).page.locator("input[type=file]").set_input_files(str(file))
        ana.page.locator("[name=is_sample]").check()
        for name in ("Lea Stern", "Uma Okoye"):
            ana.page.get_by_label(name).check()
        ana.presses("Share and ask").reads("The first 2 rows of 2")

    def today_of_ana(self) -> list[str]:
        return [one.inner_text() for one in self.ana.goes_to("/").page.locator(".task .title").all()]


@pytest.fixture
def story(
    site: str, open_page: Callable[..., Any], settings: LazySettings, tmp_path: Path
) -> Iterator[Story]:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    (tmp_path / "attachments").mkdir()
    with time_machine.travel(timezone.now(), tick=True) as clock, post_office.opened(settings) as office:
        yield Story(site, open_page, clock, office)


@pytest.fixture
def look(axe: Callable[[Any], list[str]], shot: Callable[[Any, str], Path]) -> Callable[[Walker, str], None]:
    """What is on the screen now can be read by everybody, and does not scroll sideways."""

    def looked(walker: Walker, name: str) -> None:
        walker.page.wait_for_load_state()
        walker.page.evaluate("scrollTo(0, 0)")
        shot(walker.page, f"story-{name}")
        assert axe(walker.page) == [], name
        assert walker.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name

    return looked


def test_nobody_is_surprised(story: Story, look: Callable[[Walker, str], None], tmp_path: Path) -> None:
    a_need_comes_in(story)
    it_is_found_feasible(story)
    stakeholders_are_named(story, look)
    a_specification_is_drafted(story)
    it_is_commented_on_and_mended(story, look)
    another_person_approves_it(story, look)
    promises_are_given_and_the_gate_waits_for_answers(story, look)
    each_of_them_acknowledges_on_a_phone(story, look)
    the_prototype_misses_its_target(story, look)
    the_direction_is_changed(story, look)
    the_date_slips_and_exactly_those_are_told(story, look)
    the_draft_is_returned(story, tmp_path, look)
    the_new_timeline_is_told(story, look)
    a_better_prototype_passes(story, tmp_path)
    a_revoked_link_opens_nothing(story, look)


def a_need_comes_in(story: Story) -> None:
    story.ana.goes_to("/models/new").chooses("program", story.world.program.slug)
    story.ana.fills(name="Churn", summary="Scores each customer's risk of leaving, for the retention desk.")
    story.ana.presses("Add it").reads("Churn is in the record.")
    for person, duty in (
        (story.world.pm, Role.PROGRAM_MANAGER), (story.world.pm, Responsibility.ENGAGEMENT),
        (story.world.leader, Role.LEADER), (story.sam, Role.DATA_SCIENTIST),
    ):  # fmt: skip
        story.world.assign(person, duty, story.model)
    story.asks_for_the_move()
    story.gate_is_closed(
        "No feasibility analysis is recorded",
        "Nobody is named as: sponsor, approver, user.",
        "There is no specification.",
        "Nothing is promised about",
    )


def it_is_found_feasible(story: Story) -> None:
    ana = story.ana.goes_to(f"{story.here}/feasibility")
    for name in ("value", "feasibility", "data_readiness", "risk", "effort"):
        ana.page.locator(f"[name={name}][value='4']").check()
    ana.page.locator("[name=is_go][value=yes]").check()
    ana.fills(reason="The desk can act on a score.").presses("Record it").reads("The analysis is recorded.")


def stakeholders_are_named(story: Story, look: Callable[[Walker, str], None]) -> None:
    people = (
        ("Ruth Adler", "sponsor", story.ruth.person.email),
        ("Lea Stern", "approver", story.lea.person.email),
        ("Uma Okoye", "user", "uma.okoye@example.org"),
    )
    for name, part, email in people:
        ana = story.ana.goes_to(f"{story.here}?tab=stakeholders").follows("Add a stakeholder")
        ana.fills(name=name, need="We call too late.", email=str(email)).chooses("part", part)
        ana.page.locator("[name=makes_account]").set_checked(part == "user")
        ana.presses("Add").reads(f"{name} is a stakeholder of Churn.")
    look(story.ana, "stakeholders")
    story.uma.person = Person.objects.get(email="uma.okoye@example.org")
    ana = story.ana.goes_to(f"{story.here}?tab=stakeholders").follows("Uma Okoye")
    ana.presses("Make a link").reads("The link went to uma.okoye@example.org.")
    look(story.ana, "stakeholder")
    (mail,) = story.office.take()
    assert mail["To"] == "uma.okoye@example.org"
    (story.link,) = re.findall(r"/with/[\w-]{40,}", mail.get_content())


def a_specification_is_drafted(story: Story) -> None:
    story.ana.goes_to(f"{story.here}?tab=spec").presses("Begin the specification").reads("Version 1 is yours")
    for section, said in SPEC.items():
        ana = story.ana.goes_to(f"{story.here}/spec/sections/{section}")
        writes(ana, {f"{section}.{name}": words for name, words in said.items()})
        ana.presses("Save").reads("is saved.")
    plain = Walker(story.site, story.world.pm, partial(story.open_page, java_script_enabled=False))
    plain.goes_to(f"{story.here}/spec/sections/criteria").presses("Add a criterion")
    writes(plain, {f"criteria.0.{name}": words for name, words in CRITERION.items()})
    plain.presses("Add a criterion").presses("Remove Criterion 2").presses("Save", exact=True)
    plain.reads("“Success criteria” is saved.")
    plain.reads("Calls that reach a leaver")


def it_is_commented_on_and_mended(story: Story, look: Callable[[Walker, str], None]) -> None:
    sam = story.scientist.goes_to(f"{story.here}?tab=spec")
    data = sam.page.locator("#spec-data")
    data.locator("summary").click()
    data.locator("textarea").fill("The call log is missing.")
    data.get_by_role("button", name="Comment").click()
    sam.reads("Your comment is there.")
    ana = story.ana.goes_to(f"{story.here}?tab=spec")
    ana.reads("The call log is missing.")
    ana.presses("Submit for approval").reads("Version 1 waits for approval.")
    lea = story.lea.goes_to(f"{story.here}?tab=spec")
    lea.presses("Approve version 1").reads("Comments are open on this version.")
    look(story.lea, "spec-to-approve-on-a-phone")
    lea.opens("Return it instead")
    lea.page.locator("#return-reason").fill("Name the call log as a source.")
    lea.presses("Return it").reads("Returned. Version 2 begins with the same words.")
    ana = story.ana.goes_to(f"{story.here}/spec/sections/data")
    writes(ana, {"data.sources.1.source": "Call log", "data.sources.1.owner": "Retention desk"})
    ana.presses("Save").reads("is saved.")
    ana.presses("Settle", exact=False).reads("The comment is settled.")
    ana.presses("Submit for approval").reads("Version 2 waits for approval.")
    look(story.ana, "spec-submitted")


def another_person_approves_it(story: Story, look: Callable[[Walker, str], None]) -> None:
    story.ana.reads("You wrote or submitted this version, so you can't approve it.")
    story.ana.reads("Another approver answers")
    assert story.ana.page.get_by_role("button", name="Approve version 2").count() == 0
    status, said = posts(story.ana, f"{story.here}/spec/approve", seen="0" * 64)
    assert status == 409
    assert "You wrote or submitted this version" in said
    lea = story.lea.goes_to("/").follows("Specification: Churn")
    look(story.lea, "spec-answer")
    lea.presses("Approve version 2").reads("Version 2 is approved.")


def promises_are_given_and_the_gate_waits_for_answers(
    story: Story, look: Callable[[Walker, str], None]
) -> None:
    story.gate_is_closed("Nothing is promised about")
    story.promises(
        "evaluation_date",
        {"Lea Stern", "Uma Okoye"},
        statement="The desk can try the scores of its own customers.",
        due_on=story.day(30),
    )
    story.promises(
        "production_date",
        {"Ruth Adler", "Uma Okoye"},
        statement="Scores are in the desk's list every morning.",
        due_on=story.day(60),
    )
    story.promises(
        "run_frequency", {"Uma Okoye"}, statement="Every customer is scored each night.", value="daily"
    )
    look(story.ana, "promises-given")
    story.gate_is_closed("Not answered yet: Lea Stern")
    assert "Tell Lea Stern, Uma Okoye: Churn" in story.today_of_ana()
    look(story.ana, "today-after-promises")


def each_of_them_acknowledges_on_a_phone(story: Story, look: Callable[[Walker, str], None]) -> None:
    uma = opens_the_link(story)
    look(uma, "my-page")
    assert uma.page.get_by_role("button", name="Acknowledge").count() == 3
    uma.presses("Acknowledge").reads("Noted: you acknowledged it.")
    assert uma.taps <= 3
    acknowledges(uma, 2)
    look(uma, "my-page-answered")
    for walker, theirs, not_theirs in (
        (story.ruth, "in the desk's list", "can try the scores"),
        (story.lea, "can try the scores", "in the desk's list"),
    ):
        walker.goes_to("/").follows("Churn: ").reads(theirs)
        assert walker.page.url.startswith(f"{story.site}/my")
        assert not_theirs not in walker.page.content()
        acknowledges(walker, 1)
    closed = uma.page.request.get(f"{story.site}{story.here}?tab=promises")
    assert "/sign-in" in closed.url
    assert not [title for title in story.today_of_ana() if title.startswith("Tell ")]
    story.gate_opens()


def the_prototype_misses_its_target(story: Story, look: Callable[[Walker, str], None]) -> None:
    story.days_pass(10)
    story.measures(200, 500)
    look(story.scientist, "criteria-missed")
    story.asks_for_the_move()
    story.gate_is_closed(
        "Calls that reach a leaver", "It is not decided whether to continue, to change direction or to stop."
    )
    look(story.li, "gate-refuses")


def the_direction_is_changed(story: Story, look: Callable[[Walker, str], None]) -> None:
    li = story.li.goes_to(f"{story.here}?tab=criteria").follows("Decide the direction")
    li.page.locator("[name=choice][value=change]").check()
    li.fills(reason="Score contracts, not customers.", next_look_on=story.day(14))
    look(li, "direction")
    li.presses("Decide").reads("The direction is decided.")
    story.gate_is_closed("Change direction", "Improve the model and measure it again.")


def the_date_slips_and_exactly_those_are_told(story: Story, look: Callable[[Walker, str], None]) -> None:
    promise = story.model.promises.get(kind="production_date")
    ana = story.ana.goes_to(f"{story.here}?tab=promises").opens("More about In production")
    ana.follows("Change")
    ana.fills(due_on=story.day(81), reason="The first direction did not hold.").presses("Change it")
    ana.reads("The promise is changed.")
    ana.reads("moved once, 31 days later")
    untold = ana.page.locator("#untold .title").all_inner_texts()
    assert untold == ["Ruth Adler, Uma Okoye"]
    look(ana, "promises-slipped")
    story.gate_is_closed("Not told yet: Ruth Adler, Uma Okoye")
    story.ana.goes_to("/")
    look(story.ana, "today-slipped")
    ana.follows("Tell Ruth Adler, Uma Okoye: Churn")
    drafted = ana.page.locator("[name=words]").input_value()
    assert ana.page.locator("[name=stakeholders]").count() == 2
    look(ana, "tell")
    ana.fills(words=f"{drafted}\nThe desk's training moves with it.").presses("Tell them")
    ana.reads("The mail to 2 people is on its way.")
    work_off_the_jobs()
    mails = story.office.take()
    assert [mail["To"] for mail in mails] == [story.ruth.person.email, story.uma.person.email]
    assert all("The desk's training moves with it." in mail.get_content() for mail in mails)
    assert all("The first direction did not hold." in mail.get_content() for mail in mails)
    ana.goes_to(f"{story.here}?tab=promises").reads("Mail sent")
    assert ana.page.locator("#untold").count() == 0
    look(ana, "promises-told")
    assert not [title for title in story.today_of_ana() if title.startswith("Tell ")]
    uma = opens_the_link(story)
    look(uma, "my-page-slipped")
    assert promise.versions.count() == 2
    acknowledges(uma, 1)
    acknowledges(story.ruth, 1)
    uma.presses("I have read it").reads("Noted that you read it.")


def the_draft_is_returned(story: Story, folder: Path, look: Callable[[Walker, str], None]) -> None:
    story.shows_a_draft("Scores of week 10", folder)
    look(story.ana, "draft-shown")
    uma = opens_the_link(story)
    uma.follows("Look at it and answer")
    look(uma, "my-draft")
    uma.presses("Approve").reads("You approved it.")
    lea = story.lea
    lea.goes_to("/my").taps = 0
    lea.follows("Look at it and answer").opens("It is not right yet")
    lea.fills(words="The ten largest customers are missing.").presses("Return it")
    lea.reads("You returned it. You will be told an updated timeline.")
    assert lea.taps == 3
    look(lea, "my-page-returned")
    story.gate_is_closed("The ten largest customers are missing.", "has no updated timeline")


def the_new_timeline_is_told(story: Story, look: Callable[[Walker, str], None]) -> None:
    ana = story.ana.goes_to("/").follows("Churn: “Scores of week 10” was returned")
    look(ana, "draft-returned")
    ana.fills(due_on=story.day(9), note="The large customers come from another system.").presses("Set it")
    ana.reads("The timeline is updated.")
    story.gate_is_closed("not told: Lea Stern, Uma Okoye")
    ana.follows("Tell them")
    look(ana, "tell-timeline")
    ana.presses("Tell them").reads("The mail to 2 people is on its way.")
    work_off_the_jobs()
    mails = story.office.take()
    assert [mail["To"] for mail in mails] == [story.lea.person.email, story.uma.person.email]
    assert all("The large customers come from another system." in mail.get_content() for mail in mails)
    story.gate_is_closed("told to all", "The ten largest customers are missing.")


def a_better_prototype_passes(story: Story, folder: Path) -> None:
    story.days_pass(8)
    story.measures(350, 500)
    story.gate_is_closed("The ten largest customers are missing.")
    story.shows_a_draft("Scores of week 11", folder)
    story.gate_is_closed("“Scores of week 11” waits for the answer of Lea Stern.")
    for walker in (story.lea.goes_to("/my"), opens_the_link(story)):
        walker.follows("Look at it and answer").presses("Approve").reads("You approved it.")
    story.ana.goes_to(f"/moves/{Move.objects.latest('pk').pk}").reads("You asked for this move yourself")
    story.gate_opens()
    assert story.model.stage == "production_ready"


def a_revoked_link_opens_nothing(story: Story, look: Callable[[Walker, str], None]) -> None:
    uma = opens_the_link(story)
    look(uma, "my-page-at-the-end")
    uma.opens("Tell the team what you see").fills(text="Scores came at nine today.")
    ana = story.ana.goes_to(f"{story.here}?tab=stakeholders").presses("Revoke", exact=False)
    ana.page.locator("dialog").get_by_role("button", name="Revoke").click()
    ana.reads("opens nothing any more")
    uma.presses("Send").reads("This link opens nothing any more.")
    assert uma.page.locator("#typed").input_value() == "Scores came at nine today."
    look(uma, "link-revoked")
    uma.goes_to(story.link).reads("This link opens nothing any more.")
    uma.reads("Ask Ana for a new one.")


def writes(walker: Walker, fields: dict[str, str]) -> None:
    for name, words in fields.items():
        field = walker.page.locator(f'[name="{name}"]')
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(words)
        else:
            field.fill(words)


def posts(walker: Walker, path: str, **fields: str) -> tuple[int, str]:
    """What somebody does who is not stopped by a missing button."""
    token = walker.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    reply = walker.page.request.post(
        f"{walker.site}{path}",
        form={"csrfmiddlewaretoken": token, **fields},
        headers={"Referer": walker.page.url},
    )
    return int(reply.status), str(reply.text())


def opens_the_link(story: Story) -> Guest:
    """By one tap, in the mail."""
    story.uma.goes_to(story.link).reads("Your models")
    story.uma.taps = 1
    assert "/with/" not in story.uma.page.url
    return story.uma


def acknowledges(walker: Walker, times: int) -> None:
    for left in range(times - 1, -1, -1):
        walker.goes_to("/my").presses("Acknowledge").reads("Noted: you acknowledged it.")
        assert walker.page.get_by_role("button", name="Acknowledge").count() == left
