"""``lusgui demo``: the main job on the bundled recording, without a display."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import typer

from lusgui.base.errors import LusguiError, WorkerError
from lusgui.base.paths import resources_dir

SAMPLE = "lung_linear_v5.mat"
WINDOW_TIMEOUT_S = 120


def _start_window(picture: Path, study_home: Path) -> subprocess.Popen[str]:
    """Start the real window, drawn offscreen, to take its own picture."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "LUSGUI_HOME": str(study_home)}
    return subprocess.Popen(
        [sys.executable, "-m", "lusgui", "--sample", "--screenshot", str(picture)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(words: list[str]) -> None:
    from lusgui.cli import build_app

    build_app()(args=words, prog_name="lusgui", standalone_mode=False)


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the command line."""

    @app.command()
    def demo(
        out: Path = typer.Option(Path("demo-output"), "--out", help="Folder to write into."),
        force: bool = typer.Option(False, "--force", help="Replace files that are already there."),
    ) -> None:
        """Open the bundled lung recording, despeckle, segment, export TIFF and MAT, draw the window."""
        started = time.monotonic()
        samples = resources_dir() / "samples"
        out = out.resolve()
        picture = out / "window.png"
        if picture.exists() and not force:
            raise LusguiError("it is already there", path=picture, remedy="Add --force to replace it")
        out.mkdir(parents=True, exist_ok=True)
        window = _start_window(picture, out / "home")
        replace = ["--force"] if force else []
        try:
            _run(["info", str(samples / SAMPLE)])
            for kind in ("tiff", "mat"):
                _run(["despeckle", str(samples / SAMPLE), "--out", str(out), "--format", kind, *replace])
            for sample, label in ((SAMPLE, "rib"), ("fetal_cerebellum.png", "cerebellum")):
                words = ["segment", str(samples / sample), "--label", label, "--out", str(out)]
                _run([*words, "--format", "tiff", "--format", "mat", *replace])
            said, complaint = window.communicate(timeout=WINDOW_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise WorkerError(
                "the window did not draw itself in time", remedy="Run 'lusgui doctor'"
            ) from error
        finally:
            if window.poll() is None:
                window.kill()
                window.wait()
        if window.returncode != 0 or not picture.exists():
            last = (complaint or said).strip().splitlines()[-1:] or ["no reason given"]
            raise WorkerError(f"the window could not be drawn: {last[0]}", remedy="Run 'lusgui doctor'")
        typer.echo(f"Done in {time.monotonic() - started:.1f} s. Everything is in {out}:")
        for file in sorted(path for path in out.iterdir() if path.is_file()):
            typer.echo(f"  {file.name}  ({file.stat().st_size / 1024:.0f} KiB)")
