"""Reads a policy from plain content, whole, or refuses it with every problem and its place."""

import re
from collections.abc import Mapping

from throughline.core.checks import CATALOGUE
from throughline.core.checks.registry import Parameter
from throughline.core.people import DUTIES, Role
from throughline.core.policy import MEASURED, SIGNED, Condition, Gate, Level, Policy, PolicyCheck, Seat
from throughline.core.policy_content import Content, Path, Problem, nearest
from throughline.core.policy_soundness import CASES, circle_from, other_meanings, where_nobody_decides
from throughline.core.stages import GATES, Stage

ROLES = tuple(role.value for role in Role)
LEVELS = tuple(level.value for level in Level)
STAGES = tuple(stage.value for stage in Stage)
DEFAULT_COVERS = ["model", "release"]
PARTS = (
    "model",
    "release",
    "people",
    "feasibility",
    "stakeholders",
    "spec",
    "direction",
    "promises",
    "outputs",
    "contracts",
    "sources",
    "quality",
    "evidence.*",
)
CHECK_KEYS = (
    "id",
    "check",
    "with",
    "sign_off",
    "measured",
    "level",
    "when",
    "asks",
    "why",
    "remedy",
    "waivable_by",
)
LONGEST_DAYS = 3650
CHECK_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class PolicyInvalid(Exception):
    """Carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, p.path)) or 'policy'}: {p.text}" for p in problems))
        self.problems = problems


def parse(content: object) -> Policy:
    """The policy that this content (as YAML gives it) describes. Raises `PolicyInvalid` with every problem."""
    reader = _Reader()
    policy = reader.policy(content)
    if reader.problems:
        raise PolicyInvalid(tuple(reader.problems))
    return policy


class _Reader(Content):
    def policy(self, content: object) -> Policy:
        top = self.mapping(content, (), ("policy", "version", "title", "about", "needed", "gates"))
        gates = self.gates(top.get("gates", {}))
        return Policy(
            name=self.label(top, "policy"),
            version=self.label(top, "version"),
            title=self.line(top, "title", (), required=False),
            about=self.line(top, "about", (), required=False),
            needed=self.needed(top.get("needed", {})),
            gates=gates,
            source=top,
        )

    def label(self, top: Mapping[str, object], name: str) -> str:
        text = self.line(top, name, ())
        if len(text) > 60 or "\n" in text:
            self.problem((name,), "This must be one line of at most 60 characters.")
        return text

    def needed(self, content: object) -> dict[str, tuple[str, ...]]:
        stages = self.mapping(content, ("needed",), STAGES)
        return {stage: self.choices(duties, ("needed", stage), DUTIES) for stage, duties in stages.items()}

    def gates(self, content: object) -> dict[str, Gate]:
        given = self.mapping(content, ("gates",), GATES)
        for gate_id in GATES:
            if gate_id not in given:
                self.problem(("gates",), f"The gate “{gate_id}” is missing.")
        gates = {
            gate: self.gate(gate, item, ("gates", gate)) for gate, item in given.items() if gate in GATES
        }
        for gate_id, index, text in other_meanings(gates.values()):
            self.problem(("gates", gate_id, "checks", index), text)
        return gates

    def gate(self, gate_id: str, content: object, path: Path) -> Gate:
        item = self.mapping(content, path, ("asks", "deciders", "checks"))
        seats = self.seats(item.get("deciders"), (*path, "deciders"))
        listed = self.sequence(item.get("checks", []), (*path, "checks"))
        roles = tuple(dict.fromkeys(seat.role for seat in seats))
        checks = tuple(self.check(entry, (*path, "checks", i), roles) for i, entry in enumerate(listed))
        self.twice(checks, path)
        self.circles(checks, path)
        return Gate(gate_id, self.line(item, "asks", path, required=False), seats, checks)

    def seats(self, content: object, path: Path) -> tuple[Seat, ...]:
        listed = self.sequence(content or [], path)
        if not listed:
            text = "This gate names no deciders: say which roles must approve, under “deciders”."
            self.problem(path[:-1], text)
            return ()
        seats = tuple(self.seat(entry, (*path, i)) for i, entry in enumerate(listed))
        for index, seat in enumerate(seats):
            if seat in seats[:index]:
                self.problem((*path, index), f"“{seat.role}” stands here twice.")
        if nobody := where_nobody_decides(seats):
            self.problem(path, f"Nobody decides where {nobody}. Name a decider without a condition.")
        return seats

    def seat(self, content: object, path: Path) -> Seat:
        if isinstance(content, str):
            content = {"role": content}
        item = self.mapping(content, path, ("role", "when"))
        role = self.line(item, "role", path)
        if role:
            self.choices(role, (*path, "role"), ROLES)
        when = self.condition(item.get("when", {}), (*path, "when"))
        if when.met or when.not_met:
            text = "A decider can't depend on checks; use the risk tier, scoring or release."
            self.problem((*path, "when"), text)
        return Seat(role, when)

    def check(self, content: object, path: Path, deciders: tuple[str, ...]) -> PolicyCheck:
        item = self.mapping({"id": content} if isinstance(content, str) else content, path, CHECK_KEYS)
        check_id = self.check_id(item, path)
        function, parameters = self.function(check_id, item, path)
        entry = CATALOGUE.get(function)
        waivable = item.get("waivable_by")
        return PolicyCheck(
            id=check_id,
            function=function,
            parameters=parameters,
            level=Level(self.choice(item.get("level", "block"), (*path, "level"), LEVELS)),
            when=self.condition(item.get("when", {}), (*path, "when")),
            asks=self.line(item, "asks", path, required=False) or (entry.asks if entry else ""),
            why=self.line(item, "why", path, required=False) or (entry.why if entry else ""),
            remedy=self.line(item, "remedy", path, required=False) or (entry.remedy if entry else ""),
            turn=_signers(parameters) or (entry.turn if entry else ()),
            waivable_by=self.choices(waivable, (*path, "waivable_by"), ROLES)
            if "waivable_by" in item
            else deciders,
        )

    def check_id(self, item: Mapping[str, object], path: Path) -> str:
        check_id = self.line(item, "id", path)
        if check_id and (len(check_id) > 100 or not CHECK_ID.fullmatch(check_id)):
            text = "Write an id as area.statement, in small letters, digits and underscores."
            self.problem((*path, "id"), text)
        return check_id

    def function(
        self, check_id: str, item: Mapping[str, object], path: Path
    ) -> tuple[str, Mapping[str, object]]:
        """Which catalogue entry answers, and with what; `sign_off` and `measured` are short forms."""
        ways = [way for way in ("check", "sign_off", "measured") if way in item]
        if len(ways) > 1:
            self.problem(path, f"Say only one of: {', '.join(ways)}.")
        if "with" in item and ways not in ([], ["check"]):
            text = f"“with” belongs to a check of the catalogue; write it under “{ways[0]}”."
            self.problem((*path, "with"), text)
        if "sign_off" in item:
            return SIGNED, self.sign_off(check_id, item, (*path, "sign_off"))
        if "measured" in item:
            return self.parameters(MEASURED, item["measured"], (*path, "measured"))
        function = self.line(item, "check", path) if "check" in item else check_id
        return self.catalogue_check(function, item, path)

    def catalogue_check(
        self, function: str, item: Mapping[str, object], path: Path
    ) -> tuple[str, Mapping[str, object]]:
        named = (*path, "check" if "check" in item else "id")
        if function == SIGNED:
            self.problem(named, "Write this as “sign_off”, with “by”.")
            return function, {}
        if function and function not in CATALOGUE:
            self.problem(named, f"There is no check “{function}”. {nearest(function, CATALOGUE)}")
        if function not in CATALOGUE:
            return function, {}
        return self.parameters(function, item.get("with", {}), (*path, "with") if "with" in item else path)

    def sign_off(self, check_id: str, item: Mapping[str, object], path: Path) -> Mapping[str, object]:
        given = self.mapping(item["sign_off"], path, ("by", "covers", "valid_days"))
        by = self.choices(given.get("by", []), (*path, "by"), ROLES)
        if not by:
            self.problem(path, "Say who signs, under “by”.")
        asks = self.line(item, "asks", path[:-1], required=False)
        if not asks:
            self.problem(path[:-1], "A sign-off needs its question, under “asks”.")
        days = self.number(given.get("valid_days", 365), (*path, "valid_days"))
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            self.problem((*path, "valid_days"), f"Give a number of days between 1 and {LONGEST_DAYS}.")
        covers = self.covers(given.get("covers", DEFAULT_COVERS), (*path, "covers"))
        return {
            "check_id": check_id,
            "asks": asks,
            "by": list(by),
            "covers": list(covers),
            "valid_days": days or 365,
        }

    def covers(self, content: object, path: Path) -> tuple[str, ...]:
        """A misspelt part would cover nothing, and the sign-off would outlive every change."""
        covers = self.choices(content, path, None)
        if not covers:
            self.problem(path, f"Say what the sign-off rests on: {', '.join(PARTS)}.")
        for index, part in enumerate(covers):
            if part not in PARTS and not part.startswith("evidence.") and part != "*":
                where = path if isinstance(content, str) else (*path, index)
                self.problem(where, f"There is no part “{part}”. {nearest(part, PARTS)}")
        return covers

    def parameters(self, function: str, content: object, path: Path) -> tuple[str, Mapping[str, object]]:
        entry = CATALOGUE[function]
        given = self.mapping(content, path, [parameter.name for parameter in entry.parameters])
        for parameter in entry.parameters:
            if parameter.name in given:
                self.parameter(parameter, given[parameter.name], (*path, parameter.name))
            elif parameter.is_required:
                self.problem(path, f"“{entry.id}” needs “{parameter.name}”: {parameter.meaning}.")
        self.bounds(given, path)
        return function, given

    def parameter(self, parameter: Parameter, value: object, path: Path) -> None:
        if parameter.kind == "number":
            number = self.number(value, path)
            is_days = parameter.name.endswith("days")
            if is_days and number is not None and not 0 <= number <= LONGEST_DAYS:
                self.problem(path, f"Give a number of days between 0 and {LONGEST_DAYS}.")
        elif parameter.kind == "text":
            self.line({parameter.name: value}, parameter.name, path[:-1])
        elif not self.choices(value, path, DUTIES if parameter.name == "duties" else None):
            self.problem(path, f"Name at least one: {parameter.meaning}.")

    def bounds(self, given: Mapping[str, object], path: Path) -> None:
        low, high = given.get("at_least"), given.get("at_most")
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            self.problem(path, f"Nothing is at least {low:g} and at most {high:g}.")

    def condition(self, content: object, path: Path) -> Condition:
        item = self.mapping(content, path, (*CASES, "met", "not_met"))

        def given(name: str) -> tuple[str, ...]:
            return self.choices(item.get(name, []), (*path, name), CASES.get(name))

        return Condition(
            risk_tier=given("risk_tier"),
            scoring=given("scoring"),
            release=given("release"),
            met=given("met"),
            not_met=given("not_met"),
        )

    def twice(self, checks: tuple[PolicyCheck, ...], path: Path) -> None:
        seen: set[str] = set()
        for index, check in enumerate(checks):
            if check.id and check.id in seen:
                self.problem((*path, "checks", index), f"The id “{check.id}” stands twice in this gate.")
            seen.add(check.id)

    def circles(self, checks: tuple[PolicyCheck, ...], path: Path) -> None:
        """Conditions on other checks name checks of this gate and never lead back to where they began."""
        needs = {check.id: (*check.when.met, *check.when.not_met) for check in checks}
        for index, check in enumerate(checks):
            where = (*path, "checks", index, "when")
            for other in needs[check.id]:
                if other not in needs:
                    self.problem(where, f"There is no check “{other}” in this gate. {nearest(other, needs)}")
            if circle := circle_from(check.id, needs):
                self.problem(where, f"This condition goes round in a circle: {' → '.join(circle)}.")


def _signers(parameters: Mapping[str, object]) -> tuple[str, ...]:
    by = parameters.get("by")
    return tuple(str(role) for role in by) if isinstance(by, list | tuple) else ()
