"""Lists the files of one feature from its page down to its table, and its tests: `make slice NOUN=moves`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("web", "api", "worker", "cli", "actions", "queries", "records", "adapters", "client", "core")


def main(arguments: list[str]) -> int:
    noun = arguments[0].strip() if arguments else ""
    if not noun:
        print("Say which: make slice NOUN=moves. Known nouns: " + ", ".join(nouns()), file=sys.stderr)
        return 2
    found = [line for floor in FLOORS for line in of_floor(floor, noun)]
    found += sorted((ROOT / "tests").rglob(f"test_*{noun}*.py"))
    for path in found:
        print(f"{lines(path):>5}  {path.relative_to(ROOT)}")
    if not found:
        print(f"Nothing is called {noun}. Known nouns: " + ", ".join(nouns()), file=sys.stderr)
    return 0 if found else 1


def of_floor(floor: str, noun: str) -> list[Path]:
    home = ROOT / "src" / "throughline" / floor
    files = sorted({*home.rglob(f"{noun}.py"), *home.rglob(f"{noun}/*.py")})
    pages = sorted(path for path in home.glob(f"templates/**/{noun}/*") if path.is_file())
    return files + pages


def nouns() -> list[str]:
    homes = (ROOT / "src" / "throughline" / floor for floor in ("actions", "queries", "records"))
    stems = {path.stem for home in homes for path in home.glob("*") if path.suffix in (".py", "")}
    return sorted(stem for stem in stems if not stem.startswith("_"))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
