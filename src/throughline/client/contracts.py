"""Data contracts by the client: imported, listed, read, compared, answered, exported."""

import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from throughline.client.contract_shapes import (
    Contract,
    ContractComparison,
    ContractInFull,
    FileOutcome,
    ImportedContract,
)
from throughline.client.transport import Transport

T = TypeVar("T")
AT_ONCE = 100
ENDINGS = (".yaml", ".yml", ".json")


class Contracts:
    """The part of the client that is about contracts."""

    _transport: Transport

    def _pages(self, shape: type[T], path: str, query: Mapping[str, object]) -> Iterator[T]:
        raise NotImplementedError

    def _shaped(self, shape: type[T], content: object) -> T:
        raise NotImplementedError

    def contracts(self, program: str) -> Iterator[Contract]:
        return self._pages(Contract, f"/programs/{quote(program, safe='')}/contracts", {})

    def contract(self, reference: str | int) -> ContractInFull:
        """By id, by the document's id, or by `program/document id`."""
        return self._shaped(ContractInFull, self._transport.get("/contracts/find", reference=str(reference)))

    def import_contract(
        self, program: str, text: str, *, source_id: int | None = None, model_id: int | None = None
    ) -> ImportedContract:
        """A document in YAML or JSON. The same content twice is one version."""
        body = {"text": text, "source_id": source_id, "model_id": model_id}
        path = f"/programs/{quote(program, safe='')}/contracts"
        return self._shaped(ImportedContract, self._transport.send("POST", path, body))

    def import_contracts(
        self, program: str, files: Iterable[str | os.PathLike[str]]
    ) -> Iterator[FileOutcome]:
        """Many files, a hundred at a time; one outcome for each, in their order. A folder stands for its YAML and JSON
        files, a zip for what is in it."""
        path = f"/programs/{quote(program, safe='')}/contracts/files"
        batch: list[Path] = []
        for file in _files(files):
            if file.suffix.lower() == ".zip":
                yield from self._sent(path, batch)
                batch = []
                yield from self._outcomes(self._transport.send_file(path, file.name, file.read_bytes(), {}))
                continue
            batch.append(file)
            if len(batch) == AT_ONCE:
                yield from self._sent(path, batch)
                batch = []
        yield from self._sent(path, batch)

    def compare_contract(
        self, contract_id: int, *, before: int, after: int | None = None
    ) -> ContractComparison:
        query = {"before": before, "after": after}
        return self._shaped(
            ContractComparison, self._transport.get(f"/contracts/{contract_id}/comparison", **query)
        )

    def export_contract(self, contract_id: int, *, number: int | None = None) -> str:
        """The document as it was imported, sign for sign; the newest version unless another is named."""
        pieces = self._transport.stream(f"/contracts/{contract_id}/document", {"number": number})
        return b"".join(pieces).decode()

    def answer_contract(
        self,
        contract: ContractInFull,
        *,
        side: str,
        agree: bool,
        party_id: int | None = None,
        words: str = "",
        on_behalf_of: str = "",
        link: str = "",
    ) -> ContractInFull:
        """Answers the newest version that `contract` holds; refused where another came meanwhile."""
        newest = contract.versions[0]
        body = {
            "number": newest.number, "seen": newest.seen, "side": side, "agree": agree, "party_id": party_id,
            "words": words, "on_behalf_of": on_behalf_of, "link": link,
        }  # fmt: skip
        return self._shaped(
            ContractInFull, self._transport.send("POST", f"/contracts/{contract.id}/answers", body)
        )

    def withdraw_contract_version(self, contract_id: int, number: int, *, reason: str) -> ContractInFull:
        path = f"/contracts/{contract_id}/versions/{number}/withdrawal"
        return self._shaped(ContractInFull, self._transport.send("POST", path, {"reason": reason}))

    def _sent(self, path: str, batch: list[Path]) -> Iterator[FileOutcome]:
        if not batch:
            return
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in batch:
                archive.writestr(str(file), file.read_bytes())
        yield from self._outcomes(self._transport.send_file(path, "contracts.zip", out.getvalue(), {}))

    def _outcomes(self, content: Any) -> Iterator[FileOutcome]:
        for one in content["files"]:
            yield self._shaped(FileOutcome, one)


def _files(given: Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    for one in given:
        path = Path(one)
        if path.is_dir():
            found = (file for file in path.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
            yield from sorted(found)
        else:
            yield path
