"""Other tools that execute contracts or rules, installed for the benchmark alone into environments of their own."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    name: str


PEERS: tuple[Peer, ...] = ()
