"""Policies: read from YAML with the place of each problem, the one in force, and its versions."""

from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from django.db.models import QuerySet

from throughline.adapters.yaml_text import Marks, Path, YamlUnreadable, read_yaml
from throughline.core.errors import Missing, Reason, Refused
from throughline.core.policy import Policy
from throughline.core.policy_reader import PolicyInvalid, parse
from throughline.queries.portfolio import revision_at
from throughline.records.policies import Policy as PolicyRow
from throughline.records.portfolio import MLModel, Program

SHIPPED = ("default", "light", "regulated")


def shipped_source(name: str) -> str:
    """The text of a policy that comes with the product."""
    if name not in SHIPPED:
        raise Missing("shipped policy")
    return files("throughline").joinpath("policies", f"{name}.yml").read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def read(source: str) -> Policy:
    """The policy in this YAML. Raises `Refused` (invalid) with line and column of every problem.

    The last few are kept: each new program begins with the same text, and reading it takes a tenth of a second.
    """
    try:
        content, marks = read_yaml(source)
        return parse(content)
    except YamlUnreadable as error:
        reason = Reason(f"Line {error.line}, column {error.column}: {error.text}", field="source")
        raise Refused((reason,), kind="invalid") from None
    except PolicyInvalid as error:
        reasons = sorted((_place(problem.path, marks), problem.text) for problem in error.problems)
        said = tuple(
            Reason(f"Line {line}, column {column}: {text}", field="source")
            for (line, column), text in reasons
        )
        raise Refused(said, kind="invalid") from None


@lru_cache(maxsize=256)
def _parsed(policy_id: int, fingerprint: str) -> Policy:
    """Published policies never change, so each is read once per process."""
    return parse(PolicyRow.objects.get(pk=policy_id, fingerprint=fingerprint).content)


def parsed(row: PolicyRow) -> Policy:
    return _parsed(row.pk, row.fingerprint)


def policy_of(model: MLModel) -> tuple[PolicyRow, Policy]:
    """The version under which the model started its gate; its program's own where it has none yet."""
    row = model.policy or model.program.policy
    if row is None:
        raise Refused.of("This program has no policy in force.", remedy="Publish one on the policy page.")
    return row, parsed(row)


def policy_at(model: MLModel, instant: datetime) -> tuple[PolicyRow, Policy]:
    """The version that the model was under at a past instant."""
    revision = revision_at([model.pk], instant).get(model.pk)
    policy_id = revision.content.get("policy_id") if revision else None
    row = PolicyRow.objects.filter(pk=policy_id).first() if policy_id else None
    return (row, parsed(row)) if row else policy_of(model)


def versions(program: Program) -> QuerySet[PolicyRow]:
    return program.policies.order_by("-published_at", "-pk")


def version_row(program: Program, policy_id: int) -> PolicyRow:
    row = program.policies.filter(pk=policy_id).first()
    if row is None:
        raise Missing("policy")
    return row


def _place(path: Path, marks: Marks) -> tuple[int, int]:
    """Of the part itself, or of the nearest part around it."""
    while path and path not in marks:
        path = path[:-1]
    return marks.get(path, (1, 1))
