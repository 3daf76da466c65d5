"""Finds Debian's Chromium for the browser tests, or installs it."""

import os
import shutil
import subprocess
from pathlib import Path

VARIABLE = "THROUGHLINE_TEST_CHROMIUM"
# The one without windows comes first: it draws the same pages with the same engine, for a third of the processor time.
SMALL = "chromium-headless-shell"
NAMES = (SMALL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing may go for it: a browser that stands there already may be somebody's own.
INSTALL = ("install", "-y", "--no-install-recommends", "--no-remove", "fonts-dejavu-core")
# A test browser has no business with the outside: no updates, no synchronisation, no first-run pages.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def find() -> str | None:
    given = os.environ.get(VARIABLE)
    if given:
        return given if Path(given).exists() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def how_to_get() -> str:
    given = os.environ.get(VARIABLE)
    if given:
        return (
            f"{VARIABLE} names {given}, which is not there. Correct it, or unset it to use Debian's Chromium."
        )
    return (
        f"Chromium is not installed. As root on Debian: apt-get install chromium; "
        f"or set {VARIABLE} to the path of a Chromium or Chrome."
    )


def arguments() -> list[str]:
    """Its sandbox cannot be used by root."""
    return [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)


def find_or_install() -> str | None:
    """Debian's small one where it can be had, else whichever there is."""
    found = find()
    # A path that was given and is wrong is not mended by installing another browser.
    if os.environ.get(VARIABLE) or (found and Path(found).name == SMALL):
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return found
    print(f"Installing {SMALL} from Debian's packages ...", flush=True)
    apt("update")
    if not apt(*INSTALL, SMALL) and not found:
        apt(*INSTALL, "chromium")
    return find()


def apt(*arguments: str) -> bool:
    """Does not insist where no packages can be had."""
    command = ["apt-get", "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", *arguments]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode == 0
