"""Reads a policy from plain content (as YAML gives it), whole, or refuses it with every problem and its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from throughline.core.checks import CATALOGUE, CatalogueCheck
from throughline.core.dossier import ReleaseKind, RiskTier, Scoring
from throughline.core.people import DUTIES, Role
from throughline.core.policy import MEASURED, SIGNED, Condition, Gate, Level, Policy, PolicyCheck, Seat
from throughline.core.stages import GATES, Stage

Path = tuple[str | int, ...]
DEFAULT_COVERS = ["model", "release"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a policy, with the path to it (for line and column)."""

    path: Path
    text: str


class PolicyInvalid(Exception):
    """Carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, p.path)) or 'policy'}: {p.text}" for p in problems))
        self.problems = problems


def parse(content: object) -> Policy:
    """The policy that this plain content (as read from YAML) describes. Raises `PolicyInvalid` with every problem."""
    reader = _Reader()
    policy = reader.policy(content)
    if reader.problems:
        raise PolicyInvalid(tuple(reader.problems))
    return policy


class _Reader:
    """Reads plain content, noting each problem with its path and going on, so that all are told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def policy(self, content: object) -> Policy:
        known = {"policy", "version", "title", "about", "needed", "gates"}
        top = self.mapping(content, (), known)
        gates_content = self.mapping(top.get("gates"), ("gates",), set(GATES)) if "gates" in top else {}
        for gate_id in GATES:
            if gate_id not in gates_content:
                self.problem(("gates",), f"The gate “{gate_id}” is missing.")
        gates = {
            gate: self.gate(gate, item, ("gates", gate))
            for gate, item in gates_content.items()
            if gate in GATES
        }
        return Policy(
            name=self.line(top, "policy", ()),
            version=self.line(top, "version", ()),
            title=self.line(top, "title", (), required=False),
            about=self.line(top, "about", (), required=False),
            needed=self.needed(top.get("needed", {})),
            gates=gates,
            source=top,
        )

    def needed(self, content: object) -> dict[str, tuple[str, ...]]:
        stages = self.mapping(content, ("needed",), {stage.value for stage in Stage})
        return {stage: self.choices(duties, ("needed", stage), DUTIES) for stage, duties in stages.items()}

    def gate(self, gate_id: str, content: object, path: Path) -> Gate:
        item = self.mapping(content, path, {"asks", "deciders", "checks"})
        seats = self.seats(item.get("deciders"), (*path, "deciders"))
        listed = self.sequence(item.get("checks", []), (*path, "checks"))
        roles = tuple(seat.role for seat in seats)
        checks = tuple(self.check(entry, (*path, "checks", i), roles) for i, entry in enumerate(listed))
        self.twice(checks, path)
        self.circles(checks, path)
        return Gate(gate_id, self.line(item, "asks", path, required=False), seats, checks)

    def seats(self, content: object, path: Path) -> tuple[Seat, ...]:
        listed = self.sequence(content or [], path)
        if not listed:
            self.problem(
                path[:-1], "This gate names no deciders: say which roles must approve, under “deciders”."
            )
        return tuple(self.seat(entry, (*path, i)) for i, entry in enumerate(listed))

    def seat(self, content: object, path: Path) -> Seat:
        if isinstance(content, str):
            content = {"role": content}
        item = self.mapping(content, path, {"role", "when"})
        role = self.line(item, "role", path)
        self.choices([role], (*path, "role"), list(Role))
        when = self.condition(item.get("when", {}), (*path, "when"))
        if when.met or when.not_met:
            self.problem(
                (*path, "when"), "A decider can't depend on checks; use the risk tier, scoring or release."
            )
        return Seat(role, when)

    def check(self, content: object, path: Path, deciders: tuple[str, ...]) -> PolicyCheck:
        if isinstance(content, str):
            content = {"id": content}
        known = {
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
        }
        item = self.mapping(content, path, known)
        check_id = self.line(item, "id", path)
        function, parameters = self.function(check_id, item, path)
        entry = CATALOGUE.get(function)
        turn = tuple(str(role) for role in _listed(parameters.get("by"))) or (entry.turn if entry else ())
        return PolicyCheck(
            id=check_id,
            function=function,
            parameters=parameters,
            level=Level(self.choice(item.get("level", "block"), (*path, "level"), list(Level))),
            when=self.condition(item.get("when", {}), (*path, "when")),
            asks=self.line(item, "asks", path, required=False) or (entry.asks if entry else ""),
            why=self.line(item, "why", path, required=False) or (entry.why if entry else ""),
            remedy=self.line(item, "remedy", path, required=False) or (entry.remedy if entry else ""),
            turn=turn,
            waivable_by=self.choices(item["waivable_by"], (*path, "waivable_by"), list(Role))
            if "waivable_by" in item
            else deciders,
        )

    def function(
        self, check_id: str, item: Mapping[str, object], path: Path
    ) -> tuple[str, Mapping[str, object]]:
        """Which catalogue entry answers, and with which parameters; `sign_off` and `measured` are short forms."""
        ways = [way for way in ("check", "sign_off", "measured") if way in item]
        if len(ways) > 1:
            self.problem(path, f"Say only one of: {', '.join(ways)}.")
        if "sign_off" in item:
            return SIGNED, self.sign_off(check_id, item, (*path, "sign_off"))
        if "measured" in item:
            return self.parameters(MEASURED, item["measured"], (*path, "measured"))
        function = self.line(item, "check", path) if "check" in item else check_id
        return self.parameters(function, item.get("with", {}), (*path, "with" if "with" in item else "id"))

    def sign_off(self, check_id: str, item: Mapping[str, object], path: Path) -> Mapping[str, object]:
        given = self.mapping(item["sign_off"], path, {"by", "covers", "valid_days"})
        by = self.choices(given.get("by", []), (*path, "by"), list(Role))
        if not by:
            self.problem(path, "Say who signs, under “by”.")
        if "asks" not in item:
            self.problem(path[:-1], "A sign-off needs its question, under “asks”.")
        covers = [str(part) for part in self.sequence(given.get("covers", DEFAULT_COVERS), (*path, "covers"))]
        days = given.get("valid_days", 365)
        if not isinstance(days, int | float) or isinstance(days, bool) or not 0 < days <= 3650:
            self.problem((*path, "valid_days"), "Give a number of days between 1 and 3650.")
        return {"check_id": check_id, "by": list(by), "covers": covers, "valid_days": days}

    def parameters(self, function: str, content: object, path: Path) -> tuple[str, Mapping[str, object]]:
        entry = CATALOGUE.get(function)
        if entry is None:
            self.problem(path, f"There is no check “{function}”. {_nearest(function, CATALOGUE)}")
            return function, {}
        given = self.mapping(content, path, {parameter.name for parameter in entry.parameters})
        self.check_parameters(entry, given, path)
        return function, given

    def check_parameters(self, entry: CatalogueCheck, given: Mapping[str, object], path: Path) -> None:
        for parameter in entry.parameters:
            if parameter.name not in given:
                if parameter.is_required:
                    self.problem(path, f"“{entry.id}” needs “{parameter.name}”: {parameter.meaning}.")
                continue
            value, where = given[parameter.name], (*path, parameter.name)
            if parameter.kind == "number" and (not isinstance(value, int | float) or isinstance(value, bool)):
                self.problem(where, "This must be a number.")
            if parameter.kind == "text" and not isinstance(value, str):
                self.problem(where, "This must be text.")
            if parameter.kind == "texts":
                allowed = DUTIES if parameter.name == "duties" else None
                self.choices(value, where, allowed)

    def condition(self, content: object, path: Path) -> Condition:
        item = self.mapping(content, path, {"risk_tier", "scoring", "release", "met", "not_met"})

        def given(name: str, allowed: list[str] | None) -> tuple[str, ...]:
            return self.choices(item.get(name, []), (*path, name), allowed)

        return Condition(
            risk_tier=given("risk_tier", list(RiskTier)),
            scoring=given("scoring", list(Scoring)),
            release=given("release", list(ReleaseKind)),
            met=given("met", None),
            not_met=given("not_met", None),
        )

    def twice(self, checks: tuple[PolicyCheck, ...], path: Path) -> None:
        seen: set[str] = set()
        for index, check in enumerate(checks):
            if check.id in seen:
                self.problem((*path, "checks", index), f"The id “{check.id}” stands twice in this gate.")
            seen.add(check.id)

    def circles(self, checks: tuple[PolicyCheck, ...], path: Path) -> None:
        """Conditions on other checks must name checks of this gate and must not lead back to where they began."""
        needs = {check.id: (*check.when.met, *check.when.not_met) for check in checks}
        for index, check in enumerate(checks):
            where = (*path, "checks", index, "when")
            for other in needs[check.id]:
                if other not in needs:
                    self.problem(where, f"There is no check “{other}” in this gate. {_nearest(other, needs)}")
            if circle := _circle(check.id, needs):
                self.problem(where, f"This condition goes round in a circle: {' → '.join(circle)}.")

    def mapping(self, content: object, path: Path, known: set[str]) -> dict[str, object]:
        if not isinstance(content, Mapping):
            self.problem(path, "This must be a list of names with values (a YAML mapping).")
            return {}
        for key in content:
            if key not in known:
                self.problem((*path, key), f"“{key}” is not known here. {_nearest(str(key), known)}")
        return {str(key): value for key, value in content.items()}

    def sequence(self, content: object, path: Path) -> list[object]:
        if not isinstance(content, list | tuple):
            self.problem(path, "This must be a list.")
            return []
        return list(content)

    def choices(
        self, content: object, path: Path, allowed: "list[str] | tuple[str, ...] | list[Role] | None"
    ) -> tuple[str, ...]:
        given = [content] if isinstance(content, str) else self.sequence(content, path)
        for index, value in enumerate(given):
            if allowed is not None and value not in list(allowed):
                where = path if isinstance(content, str) else (*path, index)
                self.problem(where, f"“{value}” is not one of: {', '.join(allowed)}.")
        return tuple(str(value) for value in given)

    def choice(self, value: object, path: Path, allowed: list[Level]) -> str:
        if value in list(allowed):
            return str(value)
        self.problem(path, f"“{value}” is not one of: {', '.join(allowed)}.")
        return allowed[0]

    def line(self, item: Mapping[str, object], name: str, path: Path, *, required: bool = True) -> str:
        value = item.get(name, "")
        if not isinstance(value, str):
            self.problem((*path, name), "This must be text; put it in quotation marks.")
            return str(value)
        if required and not value.strip():
            self.problem((*path, name) if name in item else path, f"“{name}” is missing.")
        return value.strip()

    def problem(self, path: Path, text: str) -> None:
        self.problems.append(Problem(path, text.strip()))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _nearest(word: str, known: "Mapping[str, object] | set[str]") -> str:
    """Imported where it is used: difflib is wanted only when something is wrong."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1)
    return f"Did you mean “{close[0]}”?" if close else ""


def _circle(start: str, needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from a check back to itself along its conditions; empty when there is none."""
    trails: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while trails:
        trail = trails.pop(0)
        for other in needs.get(trail[-1], ()):
            if other == start:
                return (*trail, start)
            if other not in seen:
                seen.add(other)
                trails.append((*trail, other))
    return ()
