"""Pins the newest allowed version of every dependency, with hashes, into `requirements/`."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {"server": ["server"], "dev": ["server", "spark", "test"]}
# No index address is written, so an install follows whichever mirror the machine is set up for.
OPTIONS = ["--system-certs", "--python-version", "3.11", "--generate-hashes", "--no-header"]
SILENT = ["--no-emit-index-url", "--no-emit-find-links", "--quiet", "--upgrade"]


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("make lock needs uv on the PATH: https://docs.astral.sh/uv", file=sys.stderr)
        return 1
    for name, extras in EXTRAS.items():
        chosen = [part for extra in extras for part in ("--extra", extra)]
        files = ["pyproject.toml", "requirements/build.in", "-o", f"requirements/{name}.txt"]
        subprocess.run([uv, "pip", "compile", *OPTIONS, *SILENT, *chosen, *files], cwd=ROOT, check=True)
        print(f"requirements/{name}.txt is pinned anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
