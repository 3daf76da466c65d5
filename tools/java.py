"""Finds Java for the tests on Spark, or installs Debian's."""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "openjdk-17-jre-headless"


def find() -> str | None:
    """The program `java`: of JAVA_HOME where that is set, else on the PATH."""
    home = os.environ.get("JAVA_HOME")
    if home:
        program = Path(home) / "bin" / "java"
        return str(program) if program.exists() else None
    return shutil.which("java")


def how_to_get() -> str:
    if home := os.environ.get("JAVA_HOME"):
        return (
            f"JAVA_HOME names {home}, in which there is no bin/java. Correct it, or unset it to use Debian's."
        )
    return f"Java is not installed. As root on Debian: apt-get install {PACKAGE}; or set JAVA_HOME."


def find_or_install() -> str | None:
    found = find()
    # A home that was given and is wrong is not mended by installing another Java.
    if found or os.environ.get("JAVA_HOME") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return found
    print(f"Installing {PACKAGE} from Debian's packages ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGE]
    subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    return find()
