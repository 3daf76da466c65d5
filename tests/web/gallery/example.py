"""One page with every part on it, drawn from made-up values, to be looked at and to be checked."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Value

from django import forms
from django.template import engines
from django.test import RequestFactory

from throughline.core.errors import Refused
from throughline.web import charts
from throughline.web.drawings import Bar, Cell, Dot

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
STAGES = ["Conception", "Prototype", "Production ready", "Deployment", "Production", "Deprecation"]
KEYS = [
    "met",
    "unmet",
    "unknown",
    "not_needed",
    "waived",
    "open",
    "approved",
    "declined",
    "expired",
    "void",
    "sample",
]
NAMES = [
    "Churn propensity",
    "Invoice anomaly finder",
    "Delivery time estimate",
    "Ticket routing",
    "Demand forecast, stores",
]


class WaiverForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        help_text="What makes this acceptable until then?",
        widget=forms.Textarea(attrs={"data-draft": "gallery:reason"}),
    )
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def html(theme: str = "system") -> str:
    source = (Path(__file__).parent / "gallery.html").read_text(encoding="utf-8")
    request = RequestFactory().get("/gallery")
    return str(engines["django"].from_string(source).render({**context(), "frame": frame(theme)}, request))


def frame(theme: str) -> Value:
    entries = [
        ("Today", "today", "t", 4),
        ("Portfolio", "portfolio", "p", 0),
        ("Moves", "moves", "m", 2),
        ("People", "people", "e", 0),
        ("Policies", "policies", "o", 0),
        ("Imports", "imports", "i", 0),
        ("Connections", "connections", "c", 0),
        ("Audit", "audit", "a", 0),
        ("Settings", "settings", "s", 0),
    ]
    nav = [
        Value(
            title=title,
            icon=icon,
            keys=keys,
            count=count,
            url=f"#{title}",
            is_current=title == "Portfolio",
            heading="Set up" if title == "Policies" else "",
        )
        for title, icon, keys, count in entries
    ]
    programs = [Value(slug="retail", name="Retail forecasting"), Value(slug="risk", name="Risk")]
    return Value(
        theme=theme,
        nav=nav,
        programs=programs,
        program=None,
        person_id=1,
        person_name="Ana Ruiz",
        shortcuts="on",
        home_url="#",
        palette_url="/palette",
        portfolio_url="#",
        help_url="#",
        looks_url="#",
        sign_out_url="#",
        sign_in_url="/sign-in",
        zone="UTC",
        own_links=[Value(url="#", icon="key", title="Tokens")],
    )


def context() -> dict[str, object]:
    return {
        "now": NOW,
        "updated": NOW - timedelta(days=3),
        "crumbs": [
            Value(url="#", title="Portfolio"),
            Value(url="#", title="Retail forecasting"),
            Value(url="", title="Churn propensity"),
        ],
        "steps": steps(),
        "tabs": [
            Value(url="#", title=name, is_current=i == 0, count=count)
            for i, (name, count) in enumerate(
                [
                    ("Overview", None),
                    ("People", 5),
                    ("Evidence", 12),
                    ("Decisions", 2),
                    ("History", None),
                    ("Imported fields", 62),
                ]
            )
        ],
        "statuses": ["met"] * 5 + ["waived", "unknown", "unmet", "unmet", "not_needed"],
        "findings": findings(),
        "rows": rows(),
        "pages": Value(total=312, first=1, last=50, count=7, number=1, previous=None, next=2),
        "entries": entries(),
        "keys": KEYS,
        "standings": ["active", "paused", "stopped", "retired"],
        "form": WaiverForm({"reason": "", "until": "2026-13-01"}),
        "refused": Refused.of(
            "You asked for this move yourself.", remedy="Another approver has to decide it."
        ),
        "prose": "## Notes\n\nWith *care*, a [link](https://example.org) and `code`.\n\n- one\n\n<script>x</script>",
        **drawings(),
    }


def steps() -> list[Value]:
    notes = ["34 days", "12 days so far", "", "", "", ""]
    states = ["done", "current", "future", "future", "future", "future"]
    return [
        Value(number=n, title=title, note=note, state=state, icon="", gate="5 of 9" if n == 2 else "")
        for n, (title, note, state) in enumerate(zip(STAGES, notes, states, strict=True), 1)
    ]


def findings() -> list[Value]:
    def one(
        check: str, status: str, icon: str, word: str, question: str, found: str, **more: object
    ) -> Value:
        base: dict[str, object] = {
            "remedy": "",
            "turn": "",
            "why": "",
            "links": [],
            "actions": [],
            "level": "block",
            "until": None,
        }
        return Value(
            **{
                **base,
                "id": check,
                "status": status,
                "icon": icon,
                "word": word,
                "question": question,
                "found": found,
                **more,
            }
        )

    return [
        one(
            "quality.baseline_beaten",
            "unmet",
            "unmet",
            "Not met",
            "Does the prototype beat its baseline?",
            "AUC 0.741 on the validation set; the baseline is 0.738 and the promised margin is 0.02.",
            remedy="Measure at least 0.758 on data of the last 90 days, or ask for a waiver.",
            turn="Li Wei",
            why="It applies to every model of medium and high risk.",
            links=[Value(url="#", icon="evidence", title="metric.val_auc, MLflow run 4f2c")],
            actions=[Value(url="#", icon="waived", title="Ask for a waiver")],
        ),
        one(
            "readiness.privacy_review_closed",
            "unknown",
            "unknown",
            "Unknown",
            "Is the privacy review closed?",
            "Nobody has signed this off.",
            remedy="Sign it off with a reason and a link to the review.",
            turn="Privacy officer",
        ),
        one(
            "data.contracts_in_force",
            "waived",
            "waived",
            "Waived",
            "Is there a contract in force for every source?",
            "Waived by Ana Ruiz: the supplier signs in April.",
            until=datetime(2026, 4, 30, tzinfo=UTC),
        ),
        one(
            "people.owner_named",
            "met",
            "met",
            "Met",
            "Has every responsibility an owner?",
            "All four are held.",
            level="warn",
        ),
    ]


def rows() -> list[tuple[object, ...]]:
    keys = ["prototype", "deployment", "production", "conception", "deprecation"]
    people = ["Ana Ruiz", "Li Wei", "", "Tomás Okafor", "Ida Berg"]
    tiers = ["high", "low", "medium", "", "medium"]
    return [
        (
            NAMES[i],
            keys[i],
            ["met"] * (i + 2) + ["unknown"] + ["unmet"] * (4 - i),
            people[i],
            tiers[i],
            12 + 31 * i,
        )
        for i in range(5)
    ]


def entries() -> list[Value]:
    def one(number: int, days: int, icon: str, tone: str, text: str, **more: object) -> Value:
        at = NOW - timedelta(days=days)
        base: dict[str, object] = {"url": "", "detail": "", "changes": [], "door": "web"}
        return Value(
            **{
                **base,
                "id": f"entry-{number}",
                "at": at,
                "day": at.date(),
                "icon": icon,
                "tone": tone,
                "text": text,
                "who": "Ana Ruiz",
                **more,
            }
        )

    return [
        one(3, 0, "signature", "met", "Signed off the peer review"),
        one(
            2,
            0,
            "edit",
            "",
            "Changed the record",
            changes=[Value(name="Risk tier", old="medium", new="high")],
        ),
        one(
            1,
            12,
            "advance",
            "accent",
            "Moved from Conception to Prototype",
            detail="“The pilot store agreed to the numbers.”",
            url="#",
        ),
    ]


def drawings() -> dict[str, object]:
    chance = random.Random(7)
    dots = [
        Dot(
            f"Model {n}",
            column,
            chance.lognormvariate(3.6 + column * 0.3, 0.9),
            "unmet" if n % 17 == 0 else "accent",
            "#",
        )
        for n in range(90)
        for column in [min(5, int(chance.triangular(0, 6, 2)))]
    ]
    weeks = [f"W{n}" for n in range(1, 27)]
    series = [
        ("Retail", [(w, 3 + chance.random() * 9) for w in weeks]),
        ("Risk", [(w, chance.random() * 5) for w in weeks]),
    ]
    names = [("Met", "met"), ("Waived", "waived"), ("Unknown", "unknown"), ("Not met", "unmet")]
    return {
        "age": charts.ageing("Time in stage", STAGES, dots),
        "bars": charts.horizontal_bars(
            "Open gaps by duty",
            [
                Bar("Livesite", 9, url="#"),
                Bar("Data engineer", 5),
                Bar("Stakeholder", 2),
                Bar("Analyst", float("nan")),
            ],
        ),
        "stacked": charts.stacked_bars(
            "Checks by stage",
            names,
            [
                ("Conception", [12, 0, 4, 3]),
                ("Prototype", [22, 3, 9, 7]),
                ("Production ready", [31, 4, 2, 1]),
            ],
        ),
        "line": charts.line("Moves decided per week", series[0][1]),
        "strip": charts.heat_strip("Activity, 26 weeks", [Cell(w, int(chance.random() * 20)) for w in weeks]),
        "multiples": charts.small_multiples(
            "Moves per week by program", [*series, ("Logistics", [(w, chance.random() * 11) for w in weeks])]
        ),
    }
