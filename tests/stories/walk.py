"""People in browsers: each in a profile of their own, signed in or with nothing but a link in a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client

from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.worker.loop import Worker


@dataclass
class Walker:
    """One person at one browser. `site` is the address of the running server; `taps` counts what a finger would do."""

    site: str
    person: Person
    open_page: Callable[..., Any]
    page: Any = None
    taps: int = 0

    def __post_init__(self) -> None:
        self.page = self.open_page()
        self.sign_in()

    def sign_in(self) -> None:
        """Anew after time has passed: a session ends by itself."""
        client = Client()
        client.force_login(self.person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.site}]
        )

    def goes_to(self, path: str) -> "Walker":
        self.page.goto(f"{self.site}{path}")
        return self

    def reads(self, text: str) -> None:
        """Waits until the page says so."""
        self.page.get_by_text(text, exact=False).first.wait_for()

    def fills(self, **fields: str) -> "Walker":
        """By the names of the fields, because two labels may begin alike."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").first.fill(value)
        return self

    def chooses(self, name: str, value: str) -> "Walker":
        self.page.locator(f"select[name={name}]").select_option(value)
        return self

    def presses(self, name: str, *, exact: bool = True) -> "Walker":
        # A person presses what they see once the page is there; its scripts are loaded by then.
        self.page.wait_for_load_state()
        self.taps += 1
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        return self

    def follows(self, name: str) -> "Walker":
        self.taps += 1
        self.page.get_by_role("link", name=name).first.click()
        return self

    def opens(self, name: str) -> "Walker":
        """Unfolds what stands under these words."""
        self.taps += 1
        self.page.locator("summary", has_text=name).first.click()
        return self


@dataclass
class Guest(Walker):
    """Somebody who never signs in."""

    def sign_in(self) -> None:
        return


def work_off_the_jobs() -> None:
    """What a worker does, without waiting for one."""
    worker = Worker(chores=())
    while worker.step():
        continue
    assert list(Job.objects.exclude(state="done").values_list("kind", "state", "error")) == []
