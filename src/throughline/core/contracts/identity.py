"""What tells a document apart: its id, its name for people, and the fingerprint of what it says."""

from collections.abc import Mapping

from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.text import clean_line


def key_of(content: Mapping[str, object]) -> str:
    """The document's id. Raises `Refused` (invalid) for one that no list could show."""
    return clean_line(str(content["id"]), field="id", max_length=200)


def title_of(content: Mapping[str, object]) -> str:
    """The name, the data product, the first table, or else the id."""
    tables = content.get("schema")
    first = tables[0] if isinstance(tables, list) and tables else {}
    said = [content.get("name"), content.get("dataProduct")]
    said += [first.get("businessName"), first.get("name")] if isinstance(first, Mapping) else []
    name = next((one.strip() for one in said if isinstance(one, str) and one.strip()), str(content["id"]))
    try:
        return clean_line(" ".join(name.split())[:200], field="name")
    except Refused:
        return key_of(content)


def content_fingerprint(content: Mapping[str, object]) -> str:
    """Of what the document says: the order of names and the writing of numbers (1 and 1.0) do not matter."""
    return fingerprint(_settled(content))


def _settled(content: object) -> object:
    """PostgreSQL gives 1e16 back as 10000000000000000, SQLite as it was written."""
    if isinstance(content, float) and content.is_integer():
        return int(content)
    if isinstance(content, Mapping):
        return {str(key): _settled(value) for key, value in content.items()}
    return [_settled(one) for one in content] if isinstance(content, list) else content
