"""Finds Debian's Chromium for the browser tests, or installs it."""

import os
import shutil
import subprocess
from pathlib import Path

VARIABLE = "THROUGHLINE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A test browser has no business with the outside: no updates, no synchronisation, no first-run pages.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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
    found = find()
    # A path that was given and is wrong is not mended by installing another browser.
    if found or os.environ.get(VARIABLE) or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return found
    print("Installing chromium from Debian's packages ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    return find()
