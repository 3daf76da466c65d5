"""Other tools that execute contracts or rules, installed for the benchmark alone into environments of their own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    name: str


PEERS: tuple[Peer, ...] = ()
