"""Starts a throw-away PostgreSQL for tests, as another user than root: `postgres.py COMMAND...` runs beside it."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

URL_VARIABLE = "THROUGHLINE_TEST_POSTGRES_URL"
PACKAGE = "postgresql-15"
# The cluster is thrown away, so it need not survive a power cut, and nobody copies it. Its tables hold next to nothing:
# compiling a statement takes longer than running it.
FAST = [
    part
    for setting in (
        "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
        "checkpoint_timeout=1h", "max_wal_size=4GB", "shared_buffers=256MB", "jit=off",
    )
    for part in ("-c", setting)
]  # fmt: skip
OWNERS = ("postgres", "nobody")


class NoPostgres(Exception):
    """No PostgreSQL can be had; the text says how to get one."""


def find_binaries() -> Path | None:
    """The folder with `initdb`, on the PATH or where Debian keeps it, the newest first."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name))
    return next((home for home in reversed(homes) if (home / "initdb").exists()), None)


def binaries() -> Path:
    found = find_binaries() or (install() and find_binaries())
    if not found:
        raise NoPostgres(
            f"PostgreSQL is not installed. As root on Debian: apt-get install {PACKAGE}; "
            f"or set {URL_VARIABLE} to a server on which databases may be made."
        )
    return found


def install() -> bool:
    """Only root can, and only where Debian's packages are."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print(f"Installing {PACKAGE} from Debian's packages ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGE]
    return subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode == 0


@contextlib.contextmanager
def throw_away() -> Iterator[str]:
    """Yields the address of a running server; it is stopped and deleted at the end."""
    home = binaries()
    owner = other_user()
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="throughline-postgres-", dir=base))
    if owner:
        shutil.chown(folder, owner)
    cluster = folder / "cluster"
    run(
        [home / "initdb", "-D", cluster, "-U", "throughline", "-A", "trust", "-E", "UTF8", "--no-sync"],
        owner,
        folder,
    )
    port = free_port()
    server = subprocess.Popen(
        [home / "postgres", "-D", cluster, "-k", folder, "-h", "127.0.0.1", "-p", str(port), *FAST],
        user=owner,
        cwd=folder,
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until_ready(home, port, server)
        yield f"postgres://throughline@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def other_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in OWNERS if name in known)


def run(command: list[Path | str], owner: str | None, folder: Path) -> None:
    done = subprocess.run(command, user=owner, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(home: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    """The port opens before the server takes connections, so the server itself is asked."""
    question = [str(home / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(300):
        if subprocess.run(question).returncode == 0:
            return
        if server.poll() is not None:
            raise NoPostgres("PostgreSQL ended while it was starting.")
        time.sleep(0.1)
    raise NoPostgres("PostgreSQL was not ready within 30 seconds.")


def main(arguments: list[str]) -> int:
    if not arguments or shutil.which(arguments[0]) is None:
        print(
            "usage: postgres.py COMMAND [ARGUMENT...], where COMMAND is a program that is there",
            file=sys.stderr,
        )
        return 2
    try:
        with throw_away() as url:
            return subprocess.run(arguments, env={**os.environ, URL_VARIABLE: url}).returncode
    except NoPostgres as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
