"""The virtual environment at the root: made once, brought up to date only when something changed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from pathlib import Path

from installer import platforms

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
STAMP = VENV / "lusgui-setup.json"
OLDEST_PYTHON = (3, 11)
EXTRAS = {"run": "video,export,train", "test": "video,export,train,fast,dev"}


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def choose_device(wanted: str) -> str:
    """Resolve ``auto`` to the torch build this machine can use."""
    if wanted != "auto":
        return wanted
    return "cuda" if platforms.nvidia_driver_answers() else "cpu"


def _fingerprint(purpose: str, device: str) -> str:
    parts = [CONSTRAINTS.read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    parts += [purpose.encode(), device.encode(), sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _pip(*arguments: str) -> None:
    python = str(platforms.venv_python(VENV))
    environment = os.environ | {"PIP_CONSTRAINT": str(CONSTRAINTS), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    outcome = subprocess.run([python, "-m", "pip", *arguments], check=False, env=environment)
    if outcome.returncode != 0:
        raise SetupError(
            f"'pip {' '.join(arguments)}' failed. Check the network connection and the free disk space"
            " (about 3 GB), then run the same command again; what is installed already is kept."
        )


def _make_venv() -> None:
    if platforms.venv_python(VENV).exists() and _venv_works():
        return
    print("Making the virtual environment .venv", flush=True)
    try:
        venv.EnvBuilder(with_pip=True, clear=VENV.exists(), upgrade_deps=False).create(VENV)
    except subprocess.CalledProcessError as error:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not platforms.install_system_packages([package]):
            raise SetupError(
                f"Python's venv module is incomplete; install {package} and try again."
            ) from error
        venv.EnvBuilder(with_pip=True, clear=True).create(VENV)


def _venv_works() -> bool:
    python = str(platforms.venv_python(VENV))
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == f"{sys.version_info.major}.{sys.version_info.minor}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/", timeout=8) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _install_torch(device: str) -> None:
    index = platforms.torch_index(device)
    arguments = ["install", "torch"]
    if index is not None:
        if _answers(index):
            arguments += ["--extra-index-url", index] if device == "cpu" else ["--index-url", index]
        else:
            print("PyTorch's own wheel index does not answer; taking torch from the usual one.", flush=True)
    _pip(*arguments)


def prepare(purpose: str, wanted_device: str) -> Path:
    """Make the environment ready for `purpose` and return its interpreter.

    Parameters
    ----------
    purpose : str
        ``run`` or ``test``.
    wanted_device : str
        ``auto``, ``cpu`` or ``cuda``: which torch build to install.

    Returns
    -------
    Path
        The interpreter in ``.venv``.

    Raises
    ------
    SetupError
        With a sentence that says what to do.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer is needed;"
            f" this is {sys.version.split()[0]}."
        )
    missing = platforms.missing_system_packages(for_tests=purpose == "test")
    if missing:
        platforms.install_system_packages(missing)
    stamp = _read_stamp()
    # A person who asked for a build once keeps it: `auto` means "what is there" until told otherwise.
    device = stamp.get("device", "") if wanted_device == "auto" and stamp.get("device") else ""
    device = device or choose_device(wanted_device)
    fingerprint = _fingerprint(purpose, device)
    python = platforms.venv_python(VENV)
    if python.exists() and stamp.get(purpose) == fingerprint:
        return python
    _make_venv()
    STAMP.unlink(missing_ok=True)
    print("Installing (the first time this takes a few minutes)", flush=True)
    reinstall = bool(stamp.get("device")) and stamp.get("device") != device
    if reinstall:
        _pip("uninstall", "-y", "-q", "torch")
    _install_torch(device)
    _pip("install", "-q", "-e", f"{ROOT}[{EXTRAS[purpose]}]")
    # The test set-up contains the run set-up, so one of them serves both.
    stamps = {"device": device, purpose: fingerprint}
    if purpose == "test":
        stamps["run"] = _fingerprint("run", device)
    STAMP.write_text(json.dumps(stamps), encoding="utf-8")
    return python
