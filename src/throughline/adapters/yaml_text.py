"""Reads YAML into plain content with the line and column of every part: safe, without aliases, capped in size."""

from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_CHARACTERS = 500_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]
Marks = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class YamlUnreadable(Exception):
    """`line` and `column` count from 1."""

    text: str
    line: int
    column: int


def read_yaml(text: str) -> tuple[object, Marks]:
    """The content, and where each path of it stands (from 1). Raises `YamlUnreadable`."""
    if len(text) > MAX_CHARACTERS:
        raise YamlUnreadable(f"The text is longer than {MAX_CHARACTERS:,} characters.", 1, 1)
    try:
        _refuse_bombs(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        marks: Marks = {}
        return (None if node is None else _read(node, (), marks)), marks
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlUnreadable(f"This is not valid YAML: {error.problem}.", line, column) from None
    except yaml.YAMLError as error:
        raise YamlUnreadable(f"This is not valid YAML: {error}.", 1, 1) from None


def _refuse_bombs(text: str) -> None:
    """Before composing: few aliases can unfold into gigabytes, and open brackets cost the square of their number."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        is_alias = isinstance(event, yaml.AliasEvent)
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if is_alias or getattr(event, "anchor", None):
            raise YamlUnreadable("Anchors and aliases are not allowed.", line, column)
        if depth > MAX_DEPTH:
            raise YamlUnreadable(f"This is nested deeper than {MAX_DEPTH} levels.", line, column)


def _read(node: Node, path: Path, marks: Marks) -> object:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    marks.setdefault(path, (line, column))
    if isinstance(node, MappingNode):
        return _read_mapping(node, path, marks)
    if isinstance(node, SequenceNode):
        return [_read(item, (*path, index), marks) for index, item in enumerate(node.value)]
    return _read_scalar(node, line, column)


def _read_mapping(node: MappingNode, path: Path, marks: Marks) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, ScalarNode):
            raise YamlUnreadable("A name must be plain text.", line, column)
        key = str(key_node.value)
        if key in found:
            raise YamlUnreadable(f"“{key}” stands twice here.", line, column)
        marks[(*path, key)] = (line, column)
        found[key] = _read(value_node, (*path, key), marks)
    return found


def _read_scalar(node: Node, line: int, column: int) -> object:
    if not isinstance(node, ScalarNode) or not node.tag.startswith("tag:yaml.org,2002:"):
        raise YamlUnreadable(f"The tag {node.tag} is not allowed.", line, column)
    value: object = yaml.SafeLoader("").construct_object(node)
    return value
