"""`make bench`: each figure beside its limit or its peer of the same run. Nothing is asserted."""

import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """With a number: that many models instead of 10,000. With names of parts: only those."""
    models = next((int(given) for given in sys.argv[1:] if given.isdigit()), 10_000)
    parts = [given for given in sys.argv[1:] if not given.isdigit()]
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        (Path(folder) / "static").mkdir()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "throughline.project.settings",
            "THROUGHLINE_DATA_DIR": folder,
            "THROUGHLINE_SECRET_KEY": "a key for measuring only, long enough to be taken",
            "THROUGHLINE_LOG_LEVEL": "error",
        }
        os.environ.setdefault("THROUGHLINE_DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        from bench import figures

        if unknown := set(parts) - set(figures.PARTS):
            sys.exit(f"There is no part {', '.join(sorted(unknown))}. Parts: {', '.join(figures.PARTS)}.")
        for line in figures.figures(models, parts):
            print(line, flush=True)


if __name__ == "__main__":
    main()
