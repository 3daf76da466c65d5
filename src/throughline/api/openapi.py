"""What the description of the interface says beyond the types: errors, headers and permissions."""

from collections.abc import Mapping
from typing import Any

from throughline.core.permissions import VERBS, Declared

PROBLEM_MEDIA = "application/problem+json"
ABOUT = """Every promise about a model, backed by evidence: what the pages can do, programs can do here.

**Who asks.** Send `Authorization: Bearer <token>`. A token acts for its person or service account, within its scopes.

**Errors** are problem details (`application/problem+json`): each reason names its field and what would help.

**Lists** come in pages: pass what a page gave as `next` as `cursor` to get the following one.

**Writing.** Single things carry an `ETag`; send it as `If-Match`, and nobody's change is overwritten. Send
`Idempotency-Key` with a POST, and it may be repeated safely.

**Instants** are ISO 8601 in UTC."""
TAGS = [
    {"name": "Programs", "description": "Groups of models that are led together."},
    {"name": "Models", "description": "ML models from idea to retirement."},
    {"name": "Releases", "description": "Versions of a model on their way to users."},
    {"name": "Planning", "description": "Feasibility analyses."},
    {
        "name": "Specifications",
        "description": "What a model must do, by version: written, approved, compared and changed.",
    },
    {"name": "Evidence", "description": "Observed facts, each with source, subject and time."},
    {"name": "Gates", "description": "What stands between a model and its next stage."},
    {"name": "Moves", "description": "Requests to change stage or standing, and their decisions."},
    {
        "name": "Sign-offs and waivers",
        "description": "Named people's approvals, and checks set aside for a time.",
    },
    {"name": "Stakeholders", "description": "Who has a part in a model, and contacts with them."},
    {"name": "Outputs", "description": "What is shown to stakeholders, and what they answer."},
    {"name": "Feedback", "description": "What people say about a model, and what becomes of it."},
    {
        "name": "Promises",
        "description": "What stakeholders expect, what it is worth on the facts, and who was told.",
    },
    {
        "name": "Assessments",
        "description": "The quality of data as an engine counted it and people judged it.",
    },
    {
        "name": "Data sources",
        "description": "What models stand on: who provides it, how it comes, who uses it.",
    },
    {"name": "Access to data", "description": "Who was asked for access to a source, and what came of it."},
    {"name": "Compliance", "description": "Reviews for privacy, security and the like, and what they found."},
    {"name": "Policies", "description": "Gates and checks as versioned YAML."},
    {"name": "Views", "description": "Filters, order and columns of the portfolio, kept under a name."},
    {"name": "Imports", "description": "Portfolios that come in from a spreadsheet, row by row."},
    {"name": "Activity", "description": "The append-only log."},
    {"name": "Installation", "description": "Who asks, and which version answers."},
]
READ_ERRORS = ("400", "401", "403", "404", "422", "500", "503")
WRITE_ERRORS = ("409", "413", "429")
PROBLEMS = {
    "400": ("Unreadable", "The request is cut off or malformed."),
    "401": ("Unauthorized", "No token, or one that is not known, has expired or was revoked."),
    "403": ("NotAllowed", "You may see this, but not do that to it; or the token lacks the scope."),
    "404": ("Missing", "There is no such thing, or none that you may see."),
    "405": ("WrongMethod", "This address does not answer to this method."),
    "409": (
        "Refused",
        "The rules refuse it as things stand, or somebody else was faster; the reasons say which.",
    ),
    "412": ("Stale", "Your If-Match names an earlier version; `current` holds the present content."),
    "413": ("TooLarge", "The body is larger than one request may carry."),
    "422": ("Invalid", "What was sent does not hold; each reason names its field."),
    "429": ("TooMany", "This token was refused too often in a minute; Retry-After says when to go on."),
    "500": ("Failed", "A fault of this installation. Report it with the request id."),
    "503": ("Unavailable", "The store does not answer; Retry-After says when to try again."),
}
KINDS = {"404": "missing", "409": "refused", "412": "stale", "422": "invalid"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details as RFC 9457 has them, with reasons that can be acted on.",
    "required": ["type", "title", "status", "detail", "reasons", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Names the kind of problem, and stays the same."},
        "title": {"type": "string", "description": "The kind of problem, in words."},
        "status": {"type": "integer", "description": "The HTTP status, once more."},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "reasons": {
            "type": "array",
            "description": "One entry for each thing that is wrong.",
            "items": {
                "type": "object",
                "required": ["text", "field", "remedy"],
                "properties": {
                    "text": {"type": "string", "description": "What is wrong."},
                    "field": {
                        "type": ["string", "null"],
                        "description": "The input, or the check, it is about.",
                    },
                    "remedy": {"type": "string", "description": "What would help."},
                },
            },
        },
        "request_id": {"type": "string", "description": "Stands in the log too, and in X-Request-ID."},
        "current": {"type": "object", "description": "For a stale write: the present content and version."},
    },
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"?[0-9]{1,9}"?)$'},
    "description": "The ETag of what you saw. If it changed meanwhile, nothing is written (412).",
    "example": '"3"',
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag that you have. If it is current, the answer is 304 without a body.",
    "example": '"3"',
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "A random text. Sent again with the same key within a day, the request is not carried out twice.",
    "example": "3f0c9a51-6f0e-4c39-9d4f-0f3a1d9e2b77",
}
ETAG = {"description": "The version of this content, for If-Match.", "schema": {"type": "string"}}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}


def extras(
    method: str,
    declared: Declared,
    status: int,
    *,
    is_versioned: bool,
    media: str,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """What an operation's description gets on top of what its types say."""
    is_writing = method != "GET"
    codes = [*READ_ERRORS, *(WRITE_ERRORS if is_writing else ("409",)), "405"]
    if declared.at == "open":
        codes = ["400", "405", "500"]
    if is_versioned and is_writing:
        codes.append("412")
    responses: dict[Any, Any] = {
        code: {"$ref": f"#/components/responses/{PROBLEMS[code][0]}"} for code in sorted(codes)
    }
    done: dict[str, Any] = {"headers": {"ETag": ETAG}} if is_versioned else {}
    if media:
        done["content"] = {media: {"schema": {"type": "string"}}}
    if done:
        responses[status] = done
    if is_versioned and not is_writing:
        responses["304"] = {"description": "What you have is current."}
    headers = [IF_MATCH] if is_versioned and is_writing else [IF_NONE_MATCH] if is_versioned else []
    if method == "POST" and declared.at != "open":
        headers.append(IDEMPOTENCY_KEY)
    further = {name: told for name, told in more.items() if name != "responses"}
    for code, told in more.get("responses", {}).items():
        responses[code] = {**responses.get(code, {}), **told}
    return {"parameters": headers, "responses": responses, **_permission(declared), **further}


def _permission(declared: Declared) -> dict[str, Any]:
    if declared.at == "open":
        return {"x-permission": None}
    rule = VERBS[declared.verb]
    told = {"verb": declared.verb, "scope": rule.scope, "roles": sorted(rule.roles), "asked_on": declared.at}
    return {"x-permission": told, "x-activity": declared.activity}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Adds the parts that every operation refers to."""
    components = schema["components"]
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {name: _response(code, text) for code, (name, text) in PROBLEMS.items()}
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [_with_example(parameter) for parameter in operation["parameters"]]
    return schema


def _with_example(parameter: dict[str, Any]) -> dict[str, Any]:
    """The library copies a type's list of examples to where OpenAPI wants them by name."""
    examples = parameter.get("examples")
    if not isinstance(examples, list):
        return parameter
    rest = {name: told for name, told in parameter.items() if name != "examples"}
    return {**rest, "example": examples[0]}


def _response(code: str, text: str) -> dict[str, Any]:
    kind = KINDS.get(code, "problem")
    example = {
        "type": f"urn:throughline:problem:{kind}",
        "title": PROBLEMS[code][0],
        "status": int(code),
        "detail": text,
        "reasons": [{"text": text, "field": None, "remedy": ""}],
        "request_id": "5f3a9c2e7b1d4f60",
    }
    content = {PROBLEM_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    told: dict[str, Any] = {"description": text, "content": content}
    if code in ("429", "503"):
        told["headers"] = {"Retry-After": RETRY_AFTER}
    return told
