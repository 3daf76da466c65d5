"""The one list of engines: which function opens which kind of place."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.duck import open_duck
from throughline.adapters.engines.executing import Engine
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place, PlaceKind

Open = Callable[[Place, Contract, Limits, Mapping[str, str]], AbstractContextManager[Engine]]

ENGINES: Mapping[PlaceKind, Open] = {
    PlaceKind.FILES: open_duck,
    PlaceKind.DUCKDB: open_duck,
}
