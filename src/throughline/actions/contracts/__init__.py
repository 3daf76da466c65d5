"""Data contracts are imported and published by version, agreed by both sides, put in force, withdrawn and ended."""

from throughline.actions.contracts.answering import answer_contract, propose_period
from throughline.actions.contracts.bulk import Given, Outcome, import_many
from throughline.actions.contracts.ending import end_contract, link_contract, withdraw_version
from throughline.actions.contracts.publishing import Imported, Link, import_contract, publish_contract

__all__ = [
    "Given",
    "Imported",
    "Link",
    "Outcome",
    "answer_contract",
    "end_contract",
    "import_contract",
    "import_many",
    "link_contract",
    "propose_period",
    "publish_contract",
    "withdraw_version",
]
