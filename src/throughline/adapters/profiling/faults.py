"""What an engine's failure means, in words for people and without a value of the data."""

import re

_LINE = re.compile(r"CSV Error on Line: (\d+)")
_WIDTH = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_PATH = re.compile(r"['\"]?/[^\s'\":,]*/")
# The beginning of what the engine says, and what it means.
_MEANT = (
    ("not utf-8 encoded", "The text is not UTF-8{place}. Save the file as UTF-8."),
    ("Invalid unicode", "The text is not UTF-8{place}. Save the file as UTF-8."),
    ("invalid UTF8", "The text is not UTF-8{place}. Save the file as UTF-8."),
    (
        "Maximum line size",
        "A row{place} is longer than 2 MB. Leave such cells out, or save the table as Parquet.",
    ),
    ("unterminated quote", "A quotation mark{place} is never closed. Close it, or remove it."),
    ("Value with unterminated quote", "A quotation mark{place} is never closed. Close it, or remove it."),
    ("maximum_object_size", "A record of this JSON file is larger than 16 MB."),
    ("Malformed JSON", "This is not well-formed JSON. Write the file again."),
    ("No magic bytes", "This Parquet file is cut off or damaged. Write it again."),
    ("too small to be a Parquet", "This Parquet file is cut off or damaged. Write it again."),
    ("Invalid Parquet", "This Parquet file is cut off or damaged. Write it again."),
    ("TProtocolException", "This Parquet file is cut off or damaged. Write it again."),
)


def told(error: BaseException, *, keeps_values: bool) -> str:
    """One sentence or two. What an engine says may quote the data, so of a sensitive source only the kind of error."""
    said = str(error)
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__ or "Out of Memory" in said:
        return (
            "The data needs more memory than is allowed (THROUGHLINE_ENGINE_MEMORY_MB). Assess a part of it."
        )
    line = _LINE.search(said)
    place = f" in line {int(line[1]):,}" if line else ""
    if width := _WIDTH.search(said):
        return (
            f"The rows are of different length: line {int(line[1]) if line else '?'} has {width[2]} cells, the heading "
            f"has {width[1]}. Mend the line, or export the table again."
        )
    for begin, meaning in _MEANT:
        if begin.lower() in said.lower():
            return meaning.format(place=place)
    first = _PATH.sub("", said.splitlines()[0])[:200] if said and keeps_values else type(error).__name__
    return f"The engine cannot read this{place}: {first}"
