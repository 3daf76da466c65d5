"""One model of the sample program as all its stories know it: who acts for it, and when."""

from datetime import datetime, timedelta

from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.project.demo.clock import working_hours
from throughline.project.demo.models import Plan
from throughline.project.demo.scene import Scene

DAY = timedelta(days=1)


class Course:
    """`model_id` is set once the model was created. Times given in days count from the last change of stage.

    `stakeholders` has their ids by part, `promised` those of the promises by kind.
    """

    def __init__(self, scene: Scene, plan: Plan) -> None:
        self.scene, self.plan = scene, plan
        self.model_id = 0
        self.version = 0
        self.since = scene.now
        self.is_being_decided = False
        self.stakeholders: dict[str, int] = {}
        self.promised: dict[str, int] = {}

    # ---- who acts

    @property
    def manager(self) -> Actor:
        return self.scene.actor(self.plan.team[Role.PROGRAM_MANAGER][0])

    def held(self, *duties: str, but: int | None = None) -> Actor:
        """Whoever holds the duty now; the program manager where nobody does."""
        return self.scene.holder(self.model_id, duties, but=but) or self.manager

    # ---- when it happens

    def on(self, day: float) -> datetime:
        """Working hours of a day after the last change of stage, and never before now."""
        return max(
            working_hours(self.since + day * DAY, self.scene.dice), self.scene.now + timedelta(minutes=3)
        )

    def in_days(self, days: float) -> datetime:
        return max(
            working_hours(self.scene.now + days * DAY, self.scene.dice), self.scene.now + timedelta(minutes=3)
        )

    def ago(self, days: float) -> datetime:
        """So many days before the end of the story, and never before now."""
        return max(
            working_hours(self.scene.end - days * DAY, self.scene.dice), self.scene.now + timedelta(minutes=3)
        )
