"""One version of a specification as it is read: its sections, what it lacks, who answers, and what was said of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from throughline.core.criteria import Criterion, parse_criteria
from throughline.core.dossier import Dossier
from throughline.core.errors import Refused
from throughline.core.permissions import may
from throughline.core.spec_content import Content, criteria_of, fields_of, rows_of
from throughline.core.spec_sections import CRITERIA, SECTIONS, WAY, Field, Section
from throughline.core.specs import Lack, SpecState, filled_in, lacks, needs_at, why_may_not_approve
from throughline.core.stages import Stage
from throughline.queries import spec_approval
from throughline.queries import specs as queries
from throughline.queries.rows import MLModel, Spec, SpecComment
from throughline.web.findings import gate_title
from throughline.web.routes import PageRequest

RIGHTS = {"may_write_spec": "spec.write", "may_comment": "spec.comment", "may_answer": "spec.approve"}


@dataclass(frozen=True)
class ShownField:
    """Prose, a line of words, or rows of cells under their heads."""

    title: str
    is_prose: bool
    text: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class ShownSection:
    section: Section
    fields: tuple[ShownField, ...]
    criteria: tuple[Criterion, ...]
    lacks: tuple[Lack, ...]
    comments: tuple[SpecComment, ...]

    @property
    def is_empty(self) -> bool:
        return not self.fields and not self.criteria

    @property
    def open_comments(self) -> int:
        return sum(comment.resolved_at is None for comment in self.comments)


def tab(request: PageRequest, row: MLModel, dossier: Dossier, as_of: datetime | None) -> dict[str, object]:
    """What the tab shows: the version that the address names, else the newest one. Of the past what was submitted."""
    versions = list(queries.specs(row).defer("content", "writers"))
    number = _past_number(dossier) if as_of else _chosen(request.GET.get("v", ""), versions)
    if number is None:
        return {"spec": None, "versions": [], **_rights(request, row, as_of)}
    spec = queries.spec_row(row, number)
    gate = WAY[min(Stage(row.stage).number, len(WAY)) - 1]
    comments = [] if as_of else list(queries.comments(spec))
    missing = lacks(filled_in(spec.content), gate)
    return {
        "spec": spec,
        "versions": versions,
        "sections": sections(spec.content, missing, comments),
        "lacks": missing,
        "needs": needs_at(gate),
        "spec_gate": gate_title(gate),
        "open_comments": sum(comment.resolved_at is None for comment in comments),
        "answers": list(queries.answers(spec)),
        "approved_number": next((one.number for one in versions if one.state == SpecState.APPROVED), None),
        "scope_changes": list(queries.scope_changes(row)[:20]),
        "typed": request.typed,
        **_rights(request, row, as_of),
        **_approval(request, row, spec),
    }


def sections(
    content: Content, missing: Iterable[Lack], comments: Iterable[SpecComment]
) -> list[ShownSection]:
    lacking: dict[str, list[Lack]] = defaultdict(list)
    said: dict[str, list[SpecComment]] = defaultdict(list)
    for lack in missing:
        lacking[lack.section].append(lack)
    for comment in comments:
        said[comment.section].append(comment)
    return [
        ShownSection(
            section,
            tuple(shown for field in section.fields if (shown := _field(content, section, field))),
            _criteria(content) if section.key == CRITERIA else (),
            tuple(lacking[section.key]),
            tuple(said[section.key]),
        )
        for section in SECTIONS
    ]


def _field(content: Content, section: Section, field: Field) -> ShownField | None:
    if field.kind.has_rows:
        rows = rows_of(content, section.key, field.key)
        heads = tuple(column.title for column in field.columns)
        cells = tuple(tuple(_cell(row, c.key, c.choices) for c in field.columns) for row in rows)
        return ShownField(field.title, is_prose=False, heads=heads, rows=cells) if rows else None
    said = fields_of(content, section.key).get(field.key)
    if not isinstance(said, str) or not said:
        return None
    if field.choices is not None:
        return ShownField(field.title, is_prose=False, text=field.choices.get(said, said))
    return ShownField(field.title, is_prose=field.kind == "markdown", text=said)


def _cell(row: Mapping[str, str], key: str, choices: Mapping[str, str] | None) -> str:
    said = row.get(key, "")
    return choices.get(said, said) if choices else said


def _criteria(content: Content) -> tuple[Criterion, ...]:
    try:
        return parse_criteria(criteria_of(content))
    except Refused:
        return ()


def _rights(request: PageRequest, row: MLModel, as_of: datetime | None) -> dict[str, bool]:
    place = {"program_id": row.program_id, "model_id": row.pk}
    return {name: as_of is None and may(request.actor, verb, **place) for name, verb in RIGHTS.items()}


def _approval(request: PageRequest, row: MLModel, spec: Spec) -> dict[str, object]:
    """Whoever may answer, and for the reader why they may not."""
    approvers = spec_approval.approvers(row, request.now)
    hands = queries.hands(spec)
    place = {"program_id": row.program_id, "model_id": row.pk}
    is_named = request.actor.person_id in {one.person_id for one in approvers}
    return {
        "approvers": [(one, one.person_id in hands) for one in approvers],
        "why_not_approve": why_may_not_approve(approvers, request.actor.person_id, hands),
        "may_return": is_named or may(request.actor, "spec.write", **place),
        "writers": sorted({writer.name for writer in queries.writers(spec)} | {spec.author_name}),
    }


def _past_number(dossier: Dossier) -> int | None:
    standing = dossier.spec.standing if dossier.spec else None
    return standing.number if standing else None


def _chosen(wanted: str, versions: list[Spec]) -> int | None:
    """A number that is none of them is as good as none."""
    numbers = [one.number for one in versions]
    if wanted.isdecimal() and len(wanted) < 9 and int(wanted) in numbers:
        return int(wanted)
    return numbers[0] if numbers else None
