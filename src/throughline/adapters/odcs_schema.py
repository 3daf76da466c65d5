"""Holds a contract against the JSON schema of its version of the standard, and says what is wrong in plain words."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from throughline.adapters.odcs_quick import Test, compiled
from throughline.core.policy_content import nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
Schema = dict[str, Any]

NEWEST = "v3.2.0"
READ = ("v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0")
OLD = "v3.0"
MOST_PROBLEMS = 50
# Of the definitions that 3.0 has, only these refuse what they do not know.
STRICT_IN_OLD = ("SchemaObject", "SchemaBaseProperty", "SchemaProperty", "SchemaItemProperty")
KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of names with values",
    "null": "empty",
}


def problems(content: object) -> list[tuple[Path, str]]:
    """Every fault with its path, at most fifty, in the order of the document; empty for a document that holds."""
    if not isinstance(content, Mapping):
        return [((), "A data contract is a group of names with values, beginning with apiVersion and kind.")]
    version = content.get("apiVersion")
    if version not in READ:
        return [_of_version(version)]
    if _quick(version)(content):
        return []
    found: list[tuple[Path, str]] = []
    for error in _validator(version).iter_errors(content):
        for one in _told(error):
            if one not in found:
                found.append(one)
        if len(found) >= MOST_PROBLEMS:
            break
    return found


def _of_version(version: object) -> tuple[Path, str]:
    known = ", ".join(READ)
    if version is None:
        return (), f"“apiVersion” is missing. It names the version of the standard: {known}."
    return ("apiVersion",), f"“{str(version)[:40]}” is not a version that can be read. Known are {known}."


@cache
def _validator(version: str) -> Any:
    """Slow, and able to say what is wrong."""
    from jsonschema import Draft201909Validator
    from jsonschema.validators import extend

    kind: Any = extend(Draft201909Validator, {"unevaluatedProperties": _unevaluated})  # type: ignore[no-untyped-call]
    return kind(_schema(version))


@cache
def _quick(version: str) -> Test:
    return compiled(_schema(version))


@cache
def _schema(version: str) -> Schema:
    """The one inside the library of the standard, which is that of the newest version; what an older version allowed
    beside it is let through for documents of that version."""
    schema: Schema = json.loads(
        files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    )
    if version != NEWEST:
        schema["required"] = [*schema["required"], "status"]
    if version.startswith(OLD):
        _let_old(schema)
    return schema


def _let_old(schema: Schema) -> None:
    """What 3.0 allowed and later versions do not."""
    definitions: Schema = schema["$defs"]
    schema.pop("unevaluatedProperties", None)
    for name, definition in definitions.items():
        if name not in STRICT_IN_OLD:
            _opened(definition)
    library = definitions["DataQualityLibrary"]
    library["required"], library["anyOf"] = [], [{"required": ["metric"]}, {"required": ["rule"]}]
    library["properties"]["metric"].pop("enum", None)
    for kind in ("DataQualityLibrary", "DataQualitySql"):
        definitions[kind].pop("allOf")
    definitions["CustomProperty"].pop("required")
    definitions["ServerSource"]["DuckdbServer"]["properties"]["schema"]["type"] = ["string", "integer"]
    for case in definitions["SchemaBaseProperty"]["allOf"]:
        options = case.get("then", {}).get("properties", {}).get("logicalTypeOptions", {})
        for name in ("exclusiveMaximum", "exclusiveMinimum"):
            if name in options.get("properties", {}):
                given = options["properties"][name]["type"]
                options["properties"][name]["type"] = [given, "boolean"]


def _opened(schema: object) -> None:
    if isinstance(schema, dict):
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            if schema.get(keyword) is False:
                del schema[keyword]
        for part in schema.values():
            _opened(part)
    elif isinstance(schema, list):
        for part in schema:
            _opened(part)


def _unevaluated(
    validator: Any, allowed: object, instance: object, schema: Schema
) -> Iterator["ValidationError"]:
    """As the standard's schemas use it: names that no part of the schema which applies knows.

    Unlike the library's, it does not ask whether those parts hold, so that one fault is told once; and it is quick.
    """
    from jsonschema.exceptions import ValidationError

    if allowed is False and isinstance(instance, Mapping):
        known = _names(validator, schema, instance)
        for name in instance:
            if name not in known:
                yield ValidationError(str(name), validator_value=sorted(known))


def _names(validator: Any, schema: Any, instance: object) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    known = set(schema.get("properties", ()))
    if "$ref" in schema:
        known |= _names(validator, validator._resolver.lookup(schema["$ref"]).contents, instance)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword, ()):
            known |= _names(validator, part, instance)
    if "if" in schema:
        holds = validator.evolve(schema=schema["if"]).is_valid(instance)
        known |= _names(validator, schema.get("then" if holds else "else"), instance)
    return known


def _told(error: "ValidationError") -> Iterable[tuple[Path, str]]:
    path: Path = tuple(error.absolute_path)
    if error.validator in ("oneOf", "anyOf"):
        return _of_choice(error, path)
    if error.validator == "unevaluatedProperties":
        return [((*path, error.message), _unknown(error.message, error.validator_value))]
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", ()))  # type: ignore[union-attr]
        given: Any = error.instance
        extra = [name for name in given if name not in known]
        return [((*path, str(name)), _unknown(str(name), known)) for name in extra]
    return [(path, _words(error))]


def _unknown(name: str, known: Any) -> str:
    return f"The standard knows no “{name[:80]}” here. {nearest(name, known)}".strip()


def _of_choice(error: "ValidationError", path: Path) -> Iterable[tuple[Path, str]]:
    """Several shapes are allowed and none fits, or more than one does."""
    ways = [one for part in error.validator_value for one in part.get("required", ())]  # type: ignore[union-attr]
    if ways and all(one.validator == "required" for one in error.context or ()):
        some = "Give only one of" if not error.context else "Give one of"
        return [(path, f"{some}: {', '.join(dict.fromkeys(ways))}.")]
    near = [one for one in error.context or () if one.validator not in ("required", "not")]
    from jsonschema.exceptions import best_match

    best = best_match(iter(near or error.context or ()))
    if best is None:
        return [(path, "This fits several shapes of the standard at once.")]
    return [((*path, *best.relative_path), _words(best))]


def _words(error: "ValidationError") -> str:
    value: Any = error.validator_value
    given = error.instance
    match error.validator:
        case "type":
            wanted = [value] if isinstance(value, str) else list(value)
            return f"This must be {' or '.join(KINDS[one] for one in wanted)}; it is {_said(given)}."
        case "required":
            missing = [name for name in value if name not in given]  # type: ignore[operator]
            return f"{', '.join(f'“{name}”' for name in missing)} is missing here."
        case "enum":
            listed = ", ".join(map(str, value))
            return f"{_said(given)} is not one of: {listed}. {nearest(str(given), map(str, value))}".strip()
        case "const":
            return f"This must be “{value}”; it is {_said(given)}."
        case "pattern":
            return f"{_said(given)} has a sign or form that is not allowed here (it must fit {value})."
        case "minimum" | "exclusiveMinimum":
            least = "at least" if error.validator == "minimum" else "above"
            return f"{_said(given)} is too small; it must be {least} {value}."
        case "minItems":
            return f"This list is too short; it needs {value}."
        case "maxItems":
            return f"This list is too long; it may hold {value}."
        case "uniqueItems":
            return "Something stands in this list twice."
        case _:
            return f"This does not hold: {error.message[:200]}."


def _said(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{value[:60]}”" if value else "empty text"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a group of names with values"
