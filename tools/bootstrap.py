"""Makes the local environment `.venv` from the hash-pinned requirements, with the standard library alone."""

import compileall
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
KINDS = ("server", "dev")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in KINDS:
        print(f"usage: bootstrap.py {'|'.join(KINDS)}", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        print(f"Throughline needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        print("On Debian 12: apt-get install python3.11 python3.11-venv", file=sys.stderr)
        return 1
    kind = arguments[0]
    if not is_current(kind):
        uv = shutil.which("uv")
        make_environment(with_pip=uv is None)
        install(kind, uv)
        stamp(kind).write_text(fingerprint(kind))
    compile_ours()
    return 0


def compile_ours() -> None:
    """Where PYTHONDONTWRITEBYTECODE is set, as images of containers have it, each start would compile all of our files
    anew: a quarter of it. Whatever can't be written here is compiled then."""
    compileall.compile_dir(ROOT / "src", quiet=2)


def is_current(kind: str) -> bool:
    """The development environment holds everything that the server needs, so it serves for both."""
    enough = ["dev", "server"] if kind == "server" else ["dev"]
    return PYTHON.exists() and any(
        stamp(have).exists() and stamp(have).read_text() == fingerprint(have) for have in enough
    )


def stamp(kind: str) -> Path:
    return VENV / f"installed-{kind}"


def fingerprint(kind: str) -> str:
    """The location belongs to it: a copied or moved environment points at the old place."""
    parts = [requirements(kind).read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def requirements(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def make_environment(*, with_pip: bool) -> None:
    if PYTHON.exists() and (not with_pip or has_pip()):
        return
    if with_pip and importlib.util.find_spec("ensurepip") is None:
        get_ensurepip()
    print("Making the environment .venv ...", flush=True)
    if not with_pip:
        venv.create(VENV, symlinks=True, clear=True)
        return
    # A process of its own, because this one looked for ensurepip before it was there.
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode != 0:
        raise SystemExit(
            f"{sys.executable} could not make the environment .venv; the reason stands above.\n"
            f"On Debian or Ubuntu, as root: apt-get install {venv_package()}\n"
            f"Or put uv on the PATH. Then run the same command again."
        )


def has_pip() -> bool:
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0


def venv_package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def get_ensurepip() -> None:
    """Debian keeps `ensurepip` in a package of its own."""
    package = venv_package()
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(
            f"This Python cannot make environments: ensurepip is missing.\n"
            f"On Debian or Ubuntu, as root: apt-get install {package}\n"
            f"Or put uv on the PATH. Then run the same command again."
        )
    print(f"Installing {package} from Debian's packages ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(command, env=quiet).returncode != 0:
        raise SystemExit(f"{package} could not be installed. Install it, then run the same command again.")


def install(kind: str, uv: str | None) -> None:
    print(f"Installing the packages of requirements/{kind}.txt; this takes a few minutes ...", flush=True)
    pinned = ["--require-hashes", "--no-deps", "-r", str(requirements(kind))]
    ourselves = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if uv is not None:
        tool = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            str(PYTHON),
            "--system-certs",
        ]
    else:
        tool = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    for what in (pinned, ourselves):
        if subprocess.run([*tool, *what], env=isolated()).returncode != 0:
            raise SystemExit("The packages could not be installed; the reason stands above.")
    if uv is None:
        # On all cores at once; pip itself uses one. Some packages hold files for other versions of Python, and a fifth
        # of what they hold are their own tests, which nobody runs here.
        quietly = ["-q", "-q", "-j", "0", "-x", r"[\\/]tests?[\\/]"]
        packages = [str(PYTHON), "-m", "compileall", *quietly, str(VENV / "lib")]
        subprocess.run(packages, env=isolated(), check=False)


def isolated() -> dict[str, str]:
    """A PYTHONPATH or an active environment of the caller must not leak into ours."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "TMPDIR": tempfile.gettempdir()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
