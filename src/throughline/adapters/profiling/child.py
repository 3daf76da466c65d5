"""The process that profiles one table: confined to its files, with little memory, and gone when its parent is."""

import json
import os
import resource
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from throughline.adapters.engines.base import EngineFailed
from throughline.adapters.engines.duck import open_files
from throughline.adapters.profiling import ProfileStopped
from throughline.adapters.profiling.counting import counted
from throughline.adapters.profiling.faults import told
from throughline.core.errors import Refused
from throughline.core.places import PlaceKind, read_place

MB = 1_000_000
# What the interpreter and the engine's code take besides the data.
OVERHEAD_MB = 2_500


def main() -> int:
    """Reads one request from the standard input, answers in lines of JSON."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _say({"profile": profiled(request)})
    except ProfileStopped as stopped:
        _say({"stopped": str(stopped)})
    except Exception as error:
        _say({"stopped": told(error, keeps_values=request["keeps_values"])})
    return 0


def profiled(request: Mapping[str, object]) -> dict[str, object]:
    """Raises `ProfileStopped`, or whatever an engine raises."""
    given, folders = request["place"], request["folders"]
    assert isinstance(given, Mapping)
    assert isinstance(folders, list)
    memory, seconds = int(str(request["memory_mb"])), float(str(request["seconds"]))
    limit = (memory + OVERHEAD_MB) * MB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        place = read_place(given)
    except Refused as refusal:
        raise ProfileStopped(str(refusal)) from None
    assert place is not None
    allowed = [Path(one) for one in folders]
    try:
        with open_files(place, folders=allowed, memory_mb=memory, seconds=seconds) as data:
            found = counted(
                data,
                size=size_of(data.files) if place.kind is PlaceKind.FILES else None,
                keeps_values=bool(request["keeps_values"]),
                max_columns=int(str(request["max_columns"])),
                on_progress=lambda done, columns: _say({"done": done, "columns": columns}),
            )
    except EngineFailed as failed:
        raise ProfileStopped(str(failed)) from None
    return dict(found.to_plain())


def size_of(files: Sequence[Path]) -> int:
    return sum(one.stat().st_size for one in files)


def _end_with_parent() -> None:
    """Waits until the other end of the pipe is closed, which happens at the latest when the parent ends."""
    while sys.stdin.read(1):
        continue
    os._exit(1)


def _say(content: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
