"""``lusgui doctor``: what this installation has, what it can do here, and what is wrong with it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from lusgui import __version__
from lusgui.base import paths, platforms
from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-image",
    "PyWavelets",
    "h5py",
    "PySide6_Essentials",
    "pyqtgraph",
    "torch",
    "safetensors",
    "SQLAlchemy",
    "pydicom",
    "tifffile",
)
OPTIONAL = {"cv2": "video files", "hdf5storage": "a second reader of v7.3 files"}

QT_PROBE = """
import json, sys
from PySide6 import QtCore, QtGui
app = QtGui.QGuiApplication([])
screen = app.primaryScreen()
print(json.dumps({"version": QtCore.qVersion(), "platform": app.platformName(),
    "scale": screen.devicePixelRatio() if screen else None,
    "fonts": len(QtGui.QFontDatabase.families())}))
"""


@dataclass
class Report:
    """What was found: facts by section, and problems with their remedies."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def _versions(report: Report) -> None:
    found: dict[str, Any] = {"lusgui": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
            report.problems.append(f"{name} is not installed. Install lusgui again.")
    for module, use in OPTIONAL.items():
        if importlib.util.find_spec(module) is None:
            found[module] = f"not installed (wanted for {use})"
    report.facts["versions"] = found
    report.facts["system"] = {
        "os": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def _devices(report: Report) -> None:
    driver = platforms.nvidia_driver_answers()
    facts: dict[str, Any] = {"nvidia_driver": driver}
    try:
        import torch
    except (ImportError, OSError) as error:
        report.problems.append(f"torch does not load ({error}). Install lusgui again.")
    else:
        facts["torch_build"] = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU only"
        facts["cuda"] = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
        facts["mps"] = torch.backends.mps.is_available()
        facts["threads"] = torch.get_num_threads()
        facts["used"] = "cuda" if facts["cuda"] else "mps" if facts["mps"] else "cpu"
        if driver and not torch.version.cuda:
            report.problems.append(
                "GPU present, CPU-only torch: models run many times slower than they could."
                " Run 'python3 installer/dev.py run --device cuda'."
            )
        elif driver and not facts["cuda"]:
            report.problems.append("GPU present, but torch cannot use it: update the NVIDIA driver.")
    report.facts["devices"] = facts


def _window(report: Report) -> None:
    facts: dict[str, Any] = {"display": platforms.has_display()}
    environment = dict(os.environ)
    if not facts["display"]:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        probe = subprocess.run(
            [sys.executable, "-c", QT_PROBE],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )
        facts |= json.loads(probe.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        facts["platform"] = None
        report.problems.append(
            "Qt cannot open a window here. On Debian: sudo apt-get install libegl1 libgl1 libxcb-cursor0"
            " libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-xkb1."
        )
    if facts.get("fonts") == 0:
        report.problems.append("There are no fonts: text would be blank. Install fonts-dejavu-core.")
    report.facts["window"] = facts


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _places(report: Report) -> None:
    facts: dict[str, Any] = {}
    for name, folder in (
        ("settings", paths.config_dir()),
        ("models and studies", paths.data_dir()),
        ("logs", paths.log_dir()),
    ):
        facts[name] = str(folder)
        if not _can_write(folder):
            report.problems.append(f"{name}: {folder} cannot be written. Set LUSGUI_HOME to another folder.")
    try:
        resources = paths.resources_dir()
        facts["resources"] = str(resources)
        facts["models"] = sorted(file.stem for file in (resources / "weights").glob("*.safetensors"))
    except LusguiError as error:
        report.problems.append(error.message)
    report.facts["places"] = facts


def examine() -> Report:
    """Look at this installation and return what was found."""
    report = Report()
    _versions(report)
    _devices(report)
    _window(report)
    _places(report)
    return report


def register(app: typer.Typer) -> None:
    """Add ``doctor`` to the command line."""

    @app.command()
    def doctor(
        as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
    ) -> int:
        """Print versions, devices, Qt platform and write access, and what is wrong."""
        report = examine()
        if as_json:
            typer.echo(json.dumps(asdict(report)))
        else:
            for section, facts in report.facts.items():
                typer.echo(section)
                for name, value in facts.items():
                    typer.echo(f"  {name}: {value}")
            typer.echo("")
            for problem in report.problems:
                typer.secho(f"PROBLEM: {problem}", bold=True)
            if not report.problems:
                typer.echo("Everything is in order.")
        return 1 if report.problems else 0
