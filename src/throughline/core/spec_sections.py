"""What a functional specification says: its sections and their fields, why each is needed and from which gate on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# The gates on a model's way, in order. What one asks of a spec, the later ones ask too; the others ask nothing of it.
PROTOTYPING, PRODUCTION_READY, DEPLOYING, PRODUCTION = WAY = (
    "conception_to_prototype",
    "prototype_to_production_ready",
    "production_ready_to_deployment",
    "deployment_to_production",
)


class Kind(StrEnum):
    """How a field is written: prose in markdown, one line, one of several choices, or rows."""

    MARKDOWN = "markdown"
    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    SCHEMA = "schema"

    @property
    def has_rows(self) -> bool:
        return self in (Kind.LIST, Kind.SCHEMA)


@dataclass(frozen=True)
class Column:
    """One cell of a row. `needed_from` names the gate from which on every row must have it; empty for never."""

    key: str
    title: str
    choices: Mapping[str, str] | None = None
    needed_from: str = ""
    why: str = ""


@dataclass(frozen=True)
class Field:
    """`needed_from` names the gate from which on it must be filled. Rows are told apart by their first column."""

    key: str
    title: str
    kind: Kind
    why: str
    needed_from: str = ""
    help: str = ""
    choices: Mapping[str, str] | None = None
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    lead: str
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)


CRITERIA = "criteria"
MODES = {"batch": "Batch: scored in runs", "real_time": "Real time: scored on request"}
PLANS = {
    "ab_test": "A/B test",
    "backtest": "Test on past data",
    "shadow": "Shadow run beside what exists",
    "expert_review": "Review by experts",
}
PERSONAL = {
    "none": "No personal data",
    "pseudonymous": "Pseudonymous data",
    "personal": "Personal data",
    "special": "Specially protected data",
}
FREQUENCIES = {
    "real_time": "On request",
    "hourly": "Every hour",
    "daily": "Every day",
    "weekly": "Every week",
    "monthly": "Every month",
    "quarterly": "Every quarter",
    "yearly": "Every year",
    "on_demand": "When somebody starts it",
}
TYPES = {
    "text": "Text",
    "integer": "Whole number",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "timestamp": "Instant",
    "category": "Category",
    "list": "List",
    "object": "Object",
}

SECTIONS: tuple[Section, ...] = (
    Section(
        "problem",
        "Problem and context",
        "What hurts, whom, and how much.",
        (
            Field(
                "problem",
                "The problem",
                Kind.MARKDOWN,
                "A model that solves no named problem is nobody's success.",
                PROTOTYPING,
                "Who has it, how often, and what it costs today.",
            ),
            Field(
                "context",
                "Context",
                Kind.MARKDOWN,
                "Others must be able to follow without having been there.",
            ),
        ),
    ),
    Section(
        "decision",
        "Decision that the output changes",
        "Who does what differently once the output is there.",
        (
            Field(
                "decision",
                "The decision",
                Kind.MARKDOWN,
                "An output that changes no decision has no value, however good it is.",
                PROTOTYPING,
                "Who decides, what they choose between, and what the output makes them do.",
            ),
            Field("today", "How it is decided today", Kind.MARKDOWN, "It is what the model has to beat."),
        ),
    ),
    Section(
        "alternative",
        "Alternative without machine learning",
        "The simplest thing that could work.",
        (
            Field(
                "considered",
                "What was considered",
                Kind.MARKDOWN,
                "A rule or a report is cheaper to build, to explain and to run.",
                PROTOTYPING,
                "A rule, a report, a change of process.",
            ),
            Field(
                "conclusion",
                "Why it is not enough",
                Kind.MARKDOWN,
                "Without a reason against it, the simple way is the right one.",
                PROTOTYPING,
            ),
        ),
    ),
    Section(
        "data",
        "Data needs",
        "Which data, whose they are, and how fresh they must be.",
        (
            Field(
                "sources",
                "Sources",
                Kind.LIST,
                "Data that nobody named are data that nobody provides.",
                PROTOTYPING,
                columns=(
                    Column("source", "Source"),
                    Column(
                        "owner",
                        "Owner",
                        needed_from=PRODUCTION_READY,
                        why="Somebody must answer when the data change.",
                    ),
                    Column(
                        "refresh",
                        "Refreshed",
                        needed_from=PRODUCTION_READY,
                        why="A model can't be fresher than its data.",
                    ),
                ),
            ),
            Field(
                "notes",
                "Notes on the data",
                Kind.MARKDOWN,
                "History, gaps and rights decide what can be built.",
            ),
        ),
    ),
    Section(
        "approach",
        "Model approach",
        "What kind of model, and why that one.",
        (
            Field(
                "approach",
                "The approach",
                Kind.MARKDOWN,
                "Whoever takes the model over must know why it is built so.",
                PRODUCTION_READY,
            ),
        ),
    ),
    Section(
        "ux",
        "User experience",
        "Where people meet the output, and what they see.",
        (
            Field(
                "ux",
                "How people use it",
                Kind.MARKDOWN,
                "An output that people don't understand or don't find is not used.",
                PRODUCTION_READY,
            ),
        ),
    ),
    Section(
        "validation",
        "Validation",
        "How it will be shown that it works.",
        (
            Field(
                "kind",
                "Kind of plan",
                Kind.CHOICE,
                "It says how strong the proof can be.",
                PRODUCTION_READY,
                choices=PLANS,
            ),
            Field(
                "plan",
                "The plan",
                Kind.MARKDOWN,
                "A proof that is planned afterwards proves what one wishes.",
                PRODUCTION_READY,
                "Who is in it, how long it runs, and what ends it early.",
            ),
        ),
    ),
    Section(
        "outputs",
        "Outputs",
        "What comes out, in which form, and how others take it in.",
        (
            Field(
                "mode",
                "Scoring",
                Kind.CHOICE,
                "Batch and real time need different platforms.",
                PRODUCTION_READY,
                choices=MODES,
            ),
            Field(
                "schema",
                "Columns",
                Kind.SCHEMA,
                "Consumers build on names, types and units.",
                PRODUCTION_READY,
                columns=(
                    Column("column", "Column"),
                    Column(
                        "type", "Type", TYPES, PRODUCTION_READY, "A column without a type can't be checked."
                    ),
                    Column(
                        "meaning",
                        "Meaning",
                        needed_from=DEPLOYING,
                        why="A number that is misread does harm quietly.",
                    ),
                    Column("unit", "Unit"),
                ),
            ),
            Field(
                "integration",
                "How consumers take it in",
                Kind.MARKDOWN,
                "What is not agreed with its consumers breaks on the first day.",
                DEPLOYING,
            ),
            Field(
                "where",
                "Where it is found",
                Kind.TEXT,
                "People must be able to find it without asking.",
                DEPLOYING,
                "A table, a topic, an address.",
            ),
        ),
    ),
    Section(
        CRITERIA,
        "Success criteria",
        "What must be measured for this to count as a success.",
        (),
    ),
    Section(
        "feedback",
        "Feedback loop",
        "How what happens afterwards comes back to the model.",
        (
            Field(
                "loop",
                "The loop",
                Kind.MARKDOWN,
                "A model that never hears of its mistakes keeps making them.",
                DEPLOYING,
                "How outcomes are recorded, and how users say that something is wrong.",
            ),
        ),
    ),
    Section(
        "privacy",
        "Privacy and compliance",
        "Whose data, on which basis, under which rules.",
        (
            Field(
                "personal_data",
                "Personal data",
                Kind.CHOICE,
                "It decides which rules apply.",
                PRODUCTION_READY,
                choices=PERSONAL,
            ),
            Field(
                "basis",
                "Basis and rules",
                Kind.MARKDOWN,
                "What may not be used is found out early or expensively.",
                PRODUCTION_READY,
                "Legal basis, retention, and the rules of the trade. Say so if none applies.",
            ),
        ),
    ),
    Section(
        "limitations",
        "Known limitations and misuse",
        "Where it fails, and what it must not be used for.",
        (
            Field(
                "limitations",
                "Known limitations",
                Kind.MARKDOWN,
                "Whoever knows the limits is not surprised by them.",
                PRODUCTION_READY,
            ),
            Field(
                "misuse",
                "What it must not be used for",
                Kind.MARKDOWN,
                "Outputs travel further than their authors think.",
                DEPLOYING,
            ),
        ),
    ),
    Section(
        "frequency",
        "Run frequency",
        "How often it runs.",
        (
            Field(
                "every",
                "It runs",
                Kind.CHOICE,
                "Users plan by it, and monitoring is set by it.",
                DEPLOYING,
                choices=FREQUENCIES,
            ),
            Field(
                "details",
                "Details",
                Kind.TEXT,
                "A day and an hour spare questions.",
                help="Mondays before 06:00.",
            ),
        ),
    ),
)

BY_KEY: Mapping[str, Section] = {section.key: section for section in SECTIONS}


def reaches(needed_from: str, gate: str) -> bool:
    """Whether something that is needed from one gate on is needed at another."""
    return needed_from in WAY and gate in WAY and WAY.index(needed_from) <= WAY.index(gate)
