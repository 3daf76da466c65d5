"""Says quickly whether a document holds against a JSON schema: the schema becomes functions, once.

It answers yes or no and knows just the keywords of the standard's schemas. Whoever needs to know what is wrong asks the
library, which takes many times longer.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]
Schema = Any

# Said for people, or checked elsewhere; the library does not check formats either unless it is told to.
TOLD = frozenset(
    {
        "title",
        "description",
        "examples",
        "default",
        "deprecated",
        "format",
        "$schema",
        "$id",
        "$defs",
        "$comment",
    }
)


class UnknownKeyword(Exception):
    """The schema uses something that is not known here."""


def compiled(schema: Schema) -> Test:
    """Raises `UnknownKeyword` for a schema of another make."""
    return _Compiler(schema).test(schema)


class _Compiler:
    def __init__(self, root: Schema) -> None:
        self.root = root
        self.made: dict[str, list[Test]] = {}

    def test(self, schema: Schema) -> Test:
        if isinstance(schema, bool):
            return lambda _: schema
        tests: list[Test] = []
        for keyword, value in schema.items():
            if keyword in TOLD or keyword in ("then", "else"):
                continue
            make = getattr(self, f"of_{keyword.replace('$', '')}", None)
            if make is None:
                raise UnknownKeyword(keyword)
            tests.append(make(value, schema))
        return tests[0] if len(tests) == 1 else _all(tests)

    def of_ref(self, reference: str, _: Schema) -> Test:
        """Looked up when it is first used, because definitions refer to each other in circles."""
        if reference not in self.made:
            self.made[reference] = []
            self.made[reference].append(self.test(self.found(reference)))
        made = self.made[reference]
        return lambda value: made[0](value)

    def found(self, reference: str) -> Schema:
        part = self.root
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
        return part

    def of_type(self, wanted: str | list[str], _: Schema) -> Test:
        tests = [TYPES[one] for one in ([wanted] if isinstance(wanted, str) else wanted)]
        return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)

    def of_properties(self, given: Mapping[str, Schema], _: Schema) -> Test:
        tests = {name: self.test(one) for name, one in given.items()}

        def holds(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(tests[name](item) for name, item in value.items() if name in tests)

        return holds

    def of_required(self, names: list[str], _: Schema) -> Test:
        return lambda value: not isinstance(value, dict) or all(name in value for name in names)

    def of_additionalProperties(self, allowed: Schema, schema: Schema) -> Test:  # noqa: N802 - named like its keyword
        known = frozenset(schema.get("properties", ()))
        test = self.test(allowed)
        return lambda value: (
            not isinstance(value, dict) or all(name in known or test(item) for name, item in value.items())
        )

    def of_unevaluatedProperties(self, allowed: Schema, schema: Schema) -> Test:  # noqa: N802 - named like its keyword
        if allowed is not False:
            raise UnknownKeyword("unevaluatedProperties")
        names = self.names(schema)
        return lambda value: not isinstance(value, dict) or names(value).issuperset(value)

    def names(self, schema: Schema) -> Callable[[Any], frozenset[str]]:
        """Which names the parts of a schema know that apply to a value."""
        if isinstance(schema, bool):
            return lambda _: frozenset()
        plain = set(schema.get("properties", ()))
        parts: list[Callable[[Any], frozenset[str]]] = []
        if "$ref" in schema:
            parts.append(self.names(self.found(schema["$ref"])))
        for keyword in ("allOf", "oneOf", "anyOf"):
            parts += [self.names(part) for part in schema.get(keyword, ())]
        if "if" in schema:
            parts.append(self.branch(schema))
        known = frozenset(plain)
        return (lambda value: known.union(*(part(value) for part in parts))) if parts else lambda _: known

    def branch(self, schema: Schema) -> Callable[[Any], frozenset[str]]:
        test = self.test(schema["if"])
        yes, no = self.names(schema.get("then", {})), self.names(schema.get("else", {}))
        return lambda value: yes(value) if test(value) else no(value)

    def of_if(self, condition: Schema, schema: Schema) -> Test:
        test, yes, no = (
            self.test(condition),
            self.test(schema.get("then", True)),
            self.test(schema.get("else", True)),
        )
        return lambda value: yes(value) if test(value) else no(value)

    def of_items(self, one: Schema, _: Schema) -> Test:
        test = self.test(one)
        return lambda value: not isinstance(value, list) or all(map(test, value))

    def of_allOf(self, parts: list[Schema], _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return _all([self.test(part) for part in parts])

    def of_anyOf(self, parts: list[Schema], _: Schema) -> Test:  # noqa: N802 - named like its keyword
        tests = [self.test(part) for part in parts]
        return lambda value: any(test(value) for test in tests)

    def of_oneOf(self, parts: list[Schema], _: Schema) -> Test:  # noqa: N802 - named like its keyword
        tests = [self.test(part) for part in parts]
        return lambda value: sum(test(value) for test in tests) == 1

    def of_not(self, part: Schema, _: Schema) -> Test:
        test = self.test(part)
        return lambda value: not test(value)

    def of_enum(self, values: list[Any], _: Schema) -> Test:
        return lambda value: any(_same(value, one) for one in values)

    def of_const(self, wanted: Any, _: Schema) -> Test:
        return lambda value: _same(value, wanted)

    def of_pattern(self, pattern: str, _: Schema) -> Test:
        fits = re.compile(pattern).search
        return lambda value: not isinstance(value, str) or fits(value) is not None

    def of_minimum(self, least: float, _: Schema) -> Test:
        return lambda value: not _is_number(value) or value >= least

    def of_maximum(self, most: float, _: Schema) -> Test:
        return lambda value: not _is_number(value) or value <= most

    def of_exclusiveMinimum(self, least: float, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not _is_number(value) or value > least

    def of_minItems(self, least: int, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not isinstance(value, list) or len(value) >= least

    def of_maxItems(self, most: int, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not isinstance(value, list) or len(value) <= most

    def of_minProperties(self, least: int, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not isinstance(value, dict) or len(value) >= least

    def of_minLength(self, least: int, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not isinstance(value, str) or len(value) >= least

    def of_uniqueItems(self, is_wanted: bool, _: Schema) -> Test:  # noqa: N802 - named like its keyword
        return lambda value: not (is_wanted and isinstance(value, list)) or _are_different(value)


def _all(tests: list[Test]) -> Test:
    def holds(value: Any) -> bool:
        return all(test(value) for test in tests)

    return holds


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or float(value).is_integer())  # type: ignore[arg-type]


TYPES: Mapping[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _same(one: object, other: object) -> bool:
    """True is not 1 in JSON."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _are_different(values: list[Any]) -> bool:
    kept: list[str] = [_written(value) for value in values]
    return len(set(kept)) == len(kept)


def _written(value: Any) -> str:
    """The same text for what JSON takes as the same: 1 and 1.0, and objects in any order."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{name!r}:{_written(item)}" for name, item in value.items())) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    return repr(value)
