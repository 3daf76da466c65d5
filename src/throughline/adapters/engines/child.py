"""The process that executes one contract: it reads a task from its parent, and writes what it finds as lines of JSON.

It is a process of its own so that whatever the data does to an engine (a crash, too much memory, too much time) costs
answers and not the server. Started as `python -m throughline.adapters.engines.child`.
"""

import json
import os
import pickle
import sys
from collections.abc import Mapping
from typing import BinaryIO

from throughline.adapters.engines.base import EngineFailed, Task
from throughline.adapters.engines.executing import Part, execute


def main() -> None:
    # What drivers print must not stand between our lines.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    task = pickle.load(sys.stdin.buffer)  # noqa: S301  written by our own parent, which nobody else reaches
    assert isinstance(task, Task)
    answer(task, answers)


def answer(task: Task, answers: BinaryIO) -> None:
    """One line for each part; the last says `done`, or why nothing could be opened."""
    from throughline.adapters.engines.registry import ENGINES

    def tell(part: Part) -> None:
        say(
            {
                "results": [result.to_plain() for result in part.results],
                "rows": part.rows,
                "tables_done": part.tables_done,
                "table": part.table,
            }
        )

    def say(line: Mapping[str, object]) -> None:
        answers.write(json.dumps(line).encode() + b"\n")

    try:
        opened = ENGINES[task.place.kind](task.place, task.contract, task.limits, task.secrets)
        with opened as engine:
            say({"engine": engine.name})
            execute(task.contract, engine, now=task.now, allow_samples=task.allow_samples, tell=tell)
    except EngineFailed as failure:
        say({"failed": str(failure)})
    except Exception as error:  # whatever a driver throws is an answer: unknown, with its reason
        say({"failed": f"The engine failed: {type(error).__name__}."})
        raise
    else:
        say({"done": True})


if __name__ == "__main__":
    main()
