"""What README and tutorial tell a newcomer to type works as it is printed."""

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from throughline.queries.policies import read, shipped_source

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = "      - id: planning.feasibility_is_go\n"
PAGES = ("README.md", "docs/tutorial/first-move.md")


def lines_to_add(name: str) -> str:
    found = re.findall(
        r"^ *```yaml\n(.*?)^ *```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(found) == 1
    return indent(dedent(found[0]), "      ")


@pytest.mark.parametrize("name", PAGES)
def test_the_lines_make_a_policy_that_asks_for_the_figure(name: str) -> None:
    light = shipped_source("light")
    assert light.count(PLACE) == 1
    assert light.count('version: "3"') == 1
    assert 'version: "4"' in (ROOT / name).read_text(encoding="utf-8")
    text = light.replace('version: "3"', 'version: "4"').replace(PLACE, PLACE + lines_to_add(name))
    made = read(text)
    check = made.check("quality.accurate_enough")
    assert made.label == "light 4"
    assert check is not None
    assert check in made.gates["conception_to_prototype"].checks
    assert check.parameters["key"] == "metric.val_accuracy"


def test_the_figure_is_the_one_that_the_training_logs() -> None:
    tutorial = (ROOT / PAGES[1]).read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", tutorial, re.DOTALL)
    assert program is not None
    compile(program[1], "train.py", "exec")
    assert 'mlflow.log_metric("val_accuracy"' in program[1]
