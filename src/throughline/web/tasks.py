"""One line of the page Today, whatever it is about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One thing to do: what, on which model, why now, and where to do it."""

    icon: str
    title: str
    url: str
    text: str
    due: str
    tone: str = ""
