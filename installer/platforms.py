"""The one place for what differs between operating systems while setting up."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CUDA_INDEX = "https://download.pytorch.org/whl/cu130"

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Shared library -> Debian package, all that Qt needs to open a window."""

TEST_PROGRAMS = {"octave": "octave", "Xvfb": "xvfb", "xauth": "xauth"}
"""Program -> Debian package, used by the tests alone."""


def venv_python(venv: Path) -> Path:
    """Return the interpreter inside a virtual environment."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def has_display() -> bool:
    """Whether a window can be shown to a person here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def nvidia_driver_answers() -> bool:
    """Whether an NVIDIA driver is installed and sees a GPU."""
    if sys.platform == "darwin" or shutil.which("nvidia-smi") is None:
        return False
    try:
        answer = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU" in answer.stdout


def torch_index(device: str) -> str | None:
    """Return the index that carries the wanted torch build, or None where the usual one has it.

    Linux: the usual index carries the CUDA build, PyTorch's own the smaller CPU build. Windows: the
    usual index is CPU-only and PyTorch's own carries CUDA. macOS: one build for all.
    """
    if device == "cpu" and sys.platform.startswith("linux"):
        return TORCH_CPU_INDEX
    if device == "cuda" and sys.platform == "win32":
        return TORCH_CUDA_INDEX
    return None


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    places = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return any(next(place.rglob("*.[to]tf"), None) for place in places if place.is_dir())


def missing_system_packages(for_tests: bool) -> list[str]:
    """Return the Debian packages that the window (and, if asked, the tests) lack on this Linux machine."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in QT_LIBRARIES.items() if not _can_load(library)]
    if not _has_fonts():
        missing.append("fonts-dejavu-core")
    if for_tests:
        missing += [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    return missing


def system_install_command(packages: list[str]) -> list[str] | None:
    """Return the command that installs Debian packages as we are, or None where we may not."""
    if shutil.which("apt-get") is None:
        return None
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n", *command]
    return None


def install_system_packages(packages: list[str]) -> bool:
    """Install Debian packages when we may; otherwise print the exact command and return False."""
    by_hand = "sudo apt-get install --no-install-recommends " + " ".join(packages)
    command = system_install_command(packages)
    if command is None:
        print(
            f"These system packages are missing and may not be installed from here. Please run:\n  {by_hand}"
        )
        return False
    prefix = command[: command.index("apt-get")]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    subprocess.run(
        [*prefix, "apt-get", "update", "-q"], check=False, stdout=subprocess.DEVNULL, env=environment
    )
    outcome = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environment)
    if outcome.returncode != 0:
        print(f"That did not work. Please run:\n  {by_hand}")
    return outcome.returncode == 0
