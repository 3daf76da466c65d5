"""What happens between the people of single models of the sample program: changes of scope, disputes, slips, returned
drafts, feedback, decisions about direction, and what was learned."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from io import BytesIO

from throughline.actions import feedback, outputs, planning, specs
from throughline.core.outputs import Purpose
from throughline.core.people import Role
from throughline.core.promises import Content, PromiseKind
from throughline.core.prototype import proof_of
from throughline.project.demo import engagement
from throughline.project.demo import specs as writing
from throughline.project.demo.clock import Script
from throughline.project.demo.life import Life
from throughline.queries.dossiers import load
from throughline.queries.portfolio import model_row

Episode = Callable[[Life], Script]
SAMPLE = """article,store,shown_as,sentences
4711,all,Pan 28 cm,"Heats evenly. The handle gets warm. Many would buy it again."
4712,all,Kettle,"Quick and quiet. The lid is stiff. Three of ten had to descale it early."
4713,all,Salad bowl,"Larger than it looks. No complaints. Arrives well packed."
"""


def episodes(lives: Iterable[Life]) -> list[Script]:
    """One script for each model that has a story of this kind."""
    return [tell(life) for life in lives for tell in TOLD.get(life.plan.key, ())]


# ---- the specification changes


def rain_is_missing(life: Life) -> Script:
    """A change of scope that was approved and written; what it touches was told."""
    yield life.ago(230)
    capability = Content("It tells promotions apart by kind, and knows the weather of the next two days.")
    engagement.give(life, PromiseKind.CAPABILITY, capability)
    yield life.in_days(1)
    engagement.answer(life, PromiseKind.CAPABILITY)
    yield life.in_days(20)
    change = ask_scope(
        life, "data_missing", "The weather service gives no rain by the hour any more.",
        scope="Rain enters by the day.", dates="None.",
    )  # fmt: skip
    yield life.in_days(2)
    decide_scope(life, change, is_approval=True, reason="A day is enough for orders two days ahead.")
    said = writing.content(life.plan)["limitations"]
    assert isinstance(said, dict)
    limits = {**said, "limitations": f"{said['limitations']} Showers within a day are not seen."}
    specs.write_section(
        actor=life.manager, model_id=life.model_id, section="limitations", content=limits, now=life.scene.now
    )
    yield life.in_days(1)
    writing.submit(life)
    yield life.in_days(1)
    writing.approve(life, reason="The limit is named; approved.")
    yield life.in_days(1)
    engagement.tell_all(life)


def a_change_waits(life: Life) -> Script:
    yield life.ago(8)
    ask_scope(
        life, "new_need", "Seasonal articles should come first in their weeks.",
        scope="A calendar of seasons is one more source.", dates="Three weeks more.", by_stakeholder=True,
    )  # fmt: skip


def a_change_declined(life: Life) -> Script:
    yield life.ago(64)
    change = ask_scope(
        life, "new_need", "Gift cards should be screened, too.", scope="Gift cards.", dates="Two months more.",
        by_stakeholder=True,
    )  # fmt: skip
    yield life.in_days(3)
    decide_scope(
        life, change, is_approval=False, reason="There are too few cases to learn from; a limit will do."
    )


def a_comment_is_open(life: Life) -> Script:
    yield life.ago(20)
    specs.comment_on_section(
        actor=engagement.answerer(life), model_id=life.model_id, section="problem",
        text="One in forty is the number of last year; please ask the product data team anew.", now=life.scene.now,
    )  # fmt: skip


# ---- promises


def slipped_and_told(life: Life) -> Script:
    """Twice; the second time is not acknowledged yet."""
    yield life.ago(27)
    engagement.slip(life, PromiseKind.PRODUCTION_DATE, 21, "The old ranking has to be switched off first.")
    yield life.in_days(0.3)
    engagement.tell_all(life)
    yield life.in_days(1)
    for part in ("approver", "sponsor"):
        engagement.answer(life, PromiseKind.PRODUCTION_DATE, part=part, number=2)
    yield life.ago(6)
    engagement.slip(life, PromiseKind.PRODUCTION_DATE, 14, "Seven tests of the new ranking fail.")
    yield life.in_days(0.3)
    engagement.tell_all(life)


def disputed(life: Life) -> Script:
    yield life.ago(15)
    engagement.give(
        life, PromiseKind.SLA, Content("The list is there on Monday by noon.", value="Mondays by 12:00")
    )
    yield life.in_days(1)
    words = "Noon is too late: pictures are planned on Monday at nine."
    engagement.answer(life, PromiseKind.SLA, words=words)


def nobody_wrote_it_down(life: Life) -> Script:
    """Its day has passed, and nothing on record shows that it was kept."""
    yield life.ago(26)
    due = (life.scene.now + timedelta(days=16)).date()
    engagement.give(life, PromiseKind.OTHER, Content("Each buyer gets an hour of training.", due_on=due))
    yield life.in_days(1)
    engagement.answer(life, PromiseKind.OTHER)


def told_of_the_pause(life: Life) -> Script:
    yield life.ago(30)
    engagement.tell_all(life)


def told_when_late(life: Life) -> Script:
    """Whatever came later than promised was said, and what came in time is closed."""
    yield life.ago(60)
    engagement.keep_word(life)
    engagement.tell_all(life)


# ---- drafts


def draft_returned(life: Life) -> Script:
    yield life.ago(16)
    item = outputs.NewOutput(
        title="Three articles with their sentences", note="Made with the reviews of last month.",
        stakeholder_ids=(life.stakeholders["approver"],),
    )  # fmt: skip
    shown = outputs.share_file(
        actor=life.held(Role.DATA_SCIENTIST), model_id=life.model_id, item=item, file_name="sentences.csv",
        chunks=BytesIO(SAMPLE.encode()), is_sample=True, now=life.scene.now,
    )  # fmt: skip
    yield life.in_days(1)
    engagement.approve(
        life,
        (shown.pk, shown.fingerprint),
        words="Complaints must not be smoothed away: “the lid is stiff” has to stay.",
    )
    yield life.in_days(0.5)
    outputs.update_timeline(
        actor=life.manager, output_id=shown.pk, on=(life.scene.now + timedelta(days=30)).date(),
        note="We train with complaints counted double, and show twenty articles.", now=life.scene.now,
    )  # fmt: skip
    yield life.in_days(0.5)
    engagement.tell_all(life)


def draft_waits(life: Life) -> Script:
    yield life.ago(3)
    engagement.share(life, Purpose.DRAFT, title="Plans of two stores for April, with the weekends")


# ---- feedback


def said_of_demand(life: Life) -> Script:
    yield life.ago(44)
    first = say(life, "Bread of the new bakery is ordered twice as much as it sells.")
    yield life.in_days(2)
    follow(life, first, "data_fix", "Two article numbers for the same bread; merged.")
    yield life.in_days(5)
    close(life, first, "The two numbers are one since Monday; last week's orders fit again.")
    yield life.ago(9)
    say(life, "Strawberries come a week early this year, and the forecast does not know it.")
    yield life.ago(2)
    second = say(life, "Can it order chocolate, too?")
    yield life.in_days(0.3)
    follow(life, second, "declined", "Chocolate has its own plan and does not spoil.")


def said_of_eta(life: Life) -> Script:
    yield life.ago(26)
    said = say(life, "Customers in the hills get half an hour that never holds.")
    yield life.in_days(3)
    follow(life, said, "work_item", "Height joins the features.", link="https://tracker.example.com/ETA-214")


def said_of_recommend(life: Life) -> Script:
    """Nobody has answered for weeks."""
    yield life.ago(33)
    say(life, "It shows barbecue coal in winter.")


def said_of_markdown(life: Life) -> Script:
    yield life.ago(50)
    said = say(life, "Ten per cent is not worth a new label; begin with twenty.")
    yield life.in_days(4)
    follow(life, said, "spec_change", "The smallest step goes into the next version.")


# ---- direction and learnings


def go_on_then_turn(life: Life) -> Script:
    """A prototype below its target: first it goes on, then another way is tried, and the look is overdue."""
    yield life.ago(150)
    direct(life, "continue", "Two more months of counts are on the way; then it is decided.", look_days=60)
    yield life.ago(70)
    direct(life, "change", "Scales at the ramp instead of more history; audit lends us four.", look_days=50)


def stopped_early(life: Life) -> Script:
    yield life.ago(life.plan.rest - 75)
    reason = f"Far below the target after ten weeks: {life.plan.summary.partition('; ')[2]}"
    direct(life, "stop", reason, look_days=0)


def learned(kind: str, text: str, days_ago: int) -> Episode:
    def script(life: Life) -> Script:
        yield life.ago(days_ago)
        planning.record_learning(
            actor=life.manager, model_id=life.model_id, kind=kind, text=text, now=life.scene.now
        )

    return script


# ---- how each of these is done


def ask_scope(
    life: Life, kind: str, reason: str, *, scope: str, dates: str, by_stakeholder: bool = False
) -> int:
    return specs.ask_scope_change(
        actor=engagement.answerer(life) if by_stakeholder else life.manager, model_id=life.model_id,
        reason_kind=kind, reason=reason, effect_on_scope=scope, effect_on_dates=dates, now=life.scene.now,
    ).pk  # fmt: skip


def decide_scope(life: Life, change_id: int, *, is_approval: bool, reason: str) -> None:
    specs.decide_scope_change(
        actor=life.held(Role.LEADER), model_id=life.model_id, change_id=change_id, is_approval=is_approval,
        reason=reason, now=life.scene.now,
    )  # fmt: skip


def say(life: Life, text: str) -> int:
    return feedback.give_feedback(
        actor=engagement.answerer(life), model_id=life.model_id, text=text, now=life.scene.now
    ).pk


def follow(life: Life, feedback_id: int, kind: str, note: str, link: str = "") -> None:
    feedback.triage_feedback(
        actor=life.manager, feedback_id=feedback_id, kind=kind, note=note, link=link, now=life.scene.now
    )


def close(life: Life, feedback_id: int, outcome: str) -> None:
    feedback.close_feedback(actor=life.manager, feedback_id=feedback_id, outcome=outcome, now=life.scene.now)


def direct(life: Life, choice: str, reason: str, *, look_days: int) -> None:
    model, now = model_row(life.scene.director, life.model_id), life.scene.now
    planning.decide_direction(
        actor=life.held(Role.LEADER), model_id=model.pk, choice=choice, reason=reason,
        next_look_on=(now + timedelta(days=look_days)).date() if look_days else None,
        seen=proof_of(load(model, now=now)).fingerprint, now=now,
    )  # fmt: skip


TOLD: dict[str, tuple[Episode, ...]] = {
    "demand": (rain_is_missing, said_of_demand),
    "eta": (said_of_eta, told_when_late),
    "churn": (
        told_of_the_pause,
        learned(
            "incident", "A feed that loses rows looks like customers who leave: count the rows first.", 28
        ),
    ),
    "recommend": (said_of_recommend,),
    "markdown": (said_of_markdown,),
    "invoices": (
        learned("success", "Four of six people do other work now; suppliers' own numbers were the key.", 120),
    ),
    "fraud": (a_change_declined, told_when_late),
    "opening": (told_when_late,),
    "segments": (
        learned("deprecation", "Nobody wrote nine mailings for long; four would have been read.", 140),
    ),
    "coupons": (learned("deprecation", "The need ended before the model did; ask each year.", 185),),
    "returns": (disputed,),
    "suppliers": (nobody_wrote_it_down,),
    "search": (slipped_and_told, a_change_waits),
    "shrinkage": (go_on_then_turn,),
    "reviews": (draft_returned,),
    "rota": (draft_waits,),
    "recipes": (stopped_early,),
    "freshness": (stopped_early,),
    "allergens": (a_comment_is_open,),
}
