"""``lusgui despeckle``: recordings with their speckle reduced, as TIFF or MAT."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lusgui.base.errors import LusguiError, OverwriteRefusedError, UnreadableFileError
from lusgui.cli.console import complain, progress_bar, say
from lusgui.core.despeckle import DespeckleSettings, Method, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording


class Format(StrEnum):
    """Kinds of file that images are written as."""

    TIFF = "tiff"
    MAT = "mat"


EXTENSIONS = {Format.TIFF: ".tif", Format.MAT: ".mat"}


@dataclass(frozen=True)
class Plan:
    """What one call of the command does, checked before any work.

    Parameters
    ----------
    settings : DespeckleSettings
        The filter.
    out : Path
        Folder to write into.
    formats : tuple of Format
        Kinds of file.
    mat_version : str
        Kind of MAT file, "5" or "7.3".
    overwrite : bool
        Whether files already there may be replaced.
    frames_one_per_file : bool
        Whether a folder is one recording whose frames were saved one a file.
    """

    settings: DespeckleSettings
    out: Path
    formats: tuple[Format, ...]
    mat_version: str
    overwrite: bool
    frames_one_per_file: bool

    def targets(self, source: Path) -> dict[Format, Path]:
        """Return the files that are written for an input."""
        stem = source.resolve().name if source.is_dir() else source.stem
        return {kind: self.out / f"{stem}_despeckled{EXTENSIONS[kind]}" for kind in self.formats}


def refuse_overwriting(sources: list[Path], plan: Plan) -> None:
    """Look for everything in the way before any work is done.

    Raises
    ------
    OverwriteRefusedError
        If two inputs would be written under one name, an input would be replaced, or a file is there.
    """
    writers: dict[str, Path] = {}
    inputs = {source.resolve() for source in sources}
    for source, target in ((s, t) for s in sources for t in plan.targets(s).values()):
        other = writers.setdefault(target.name.casefold(), source)
        if other != source:
            raise OverwriteRefusedError(
                f"{other} would be written under the same name",
                path=source,
                remedy="Write them to different folders",
            )
        if target.resolve() in inputs:
            raise OverwriteRefusedError(
                "it is also an input", path=target, remedy="Choose another folder for --out"
            )
        if target.exists() and not plan.overwrite:
            raise OverwriteRefusedError(
                "it is already there", path=target, remedy="Add --force to replace it"
            )


def list_sources(inputs: list[Path], frames_one_per_file: bool) -> list[Path]:
    """Return files to open; with `frames_one_per_file`, folders stay whole, each one recording."""
    from lusgui.io.open import find_recordings

    found: list[Path] = []
    for given in inputs:
        found += [given] if frames_one_per_file and given.is_dir() else find_recordings([given])
    unique = list({source.resolve(): source for source in found}.values())
    missing = next((source for source in unique if not source.exists()), None)
    if missing is not None:
        raise UnreadableFileError("there is no such file or folder", path=missing, remedy="Check the name")
    if not unique:
        raise LusguiError("no recording was found there", remedy="Name a file or a folder with recordings")
    return unique


def _open(source: Path) -> Recording:
    from lusgui.io.open import open_recording

    if not source.is_dir():
        return open_recording(source)
    from lusgui.io.frame_folder import open_frame_folder

    def open_one(path: Path, recipe: Recipe | None, progress: Progress | None) -> Recording:
        return open_recording(path, recipe=recipe, progress=progress)

    return open_frame_folder(source, opener=open_one)


def despeckled_frames(
    recording: Recording, settings: DespeckleSettings, progress: Progress
) -> Iterator[NDArray[np.float32]]:
    """Yield each frame (H, W) float32 with its speckle reduced, in its own intensity state."""
    import numpy as np

    from lusgui.core.despeckle import despeckle

    total = recording.frame_count
    for index in range(total):
        progress(index, total, recording.name)
        if index in recording.empty_frames:
            yield np.zeros(recording.frame_shape, dtype=np.float32)
        else:
            yield despeckle(recording.frame(index), recording.intensity, settings)
    progress(total, total, recording.name)


def despeckle_file(source: Path, plan: Plan, progress: Progress) -> list[Path]:
    """Write one recording despeckled in every wanted format; return what was written."""
    from lusgui.base.atomic import atomic_path

    targets = plan.targets(source)
    with _open(source) as recording:
        for kind, target in targets.items():
            with atomic_path(target, overwrite=plan.overwrite) as part:
                if kind is Format.TIFF:
                    _write_tiff(part, recording, plan, progress)
                else:
                    _write_mat(part, source, recording, plan, progress)
    return list(targets.values())


def _write_tiff(path: Path, recording: Recording, plan: Plan, progress: Progress) -> None:
    import numpy as np

    from lusgui.core.recording import Intensity
    from lusgui.io.export.tiff import write_image_tiff

    frames: Iterator[NDArray[np.floating | np.integer]] = despeckled_frames(
        recording, plan.settings, progress
    )
    # Eight-bit gray stays eight-bit gray; everything else keeps its numbers.
    gray = recording.intensity is Intensity.DISPLAY and recording.dtype == np.uint8
    if gray:
        frames = (np.clip(np.rint(frame), 0, 255).astype(np.uint8) for frame in frames)
    write_image_tiff(
        path,
        frames,
        recording.shape,
        np.dtype(np.uint8 if gray else np.float32),
        spacing_mm=recording.spacing_mm,
        frames=range(recording.frame_count),
        intensity=str(recording.intensity),
    )


def _write_mat(path: Path, source: Path, recording: Recording, plan: Plan, progress: Progress) -> None:
    from lusgui.io.export.mat import ExportFrames, write_mat
    from lusgui.io.export.provenance import make_provenance
    from lusgui.io.hashing import content_hash

    content = ExportFrames(
        shape=recording.frame_shape,
        frame_numbers=recording.frame_numbers,
        spacing_mm=recording.spacing_mm,
        despeckled=lambda: despeckled_frames(recording, plan.settings, progress),
        provenance=make_provenance(
            source_file=source.resolve().name,
            sha256=content_hash(source) if source.is_file() else None,
            variable=recording.provenance.variable,
            despeckle=plan.settings.to_json(),
            intensity=str(recording.intensity),
        ),
    )
    write_mat(path, content, plan.mat_version)


def run(inputs: list[Path], plan: Plan) -> int:
    """Despeckle every input; return how many failed after having said why."""
    from lusgui.base.atomic import make_folder

    sources = list_sources(inputs, plan.frames_one_per_file)
    refuse_overwriting(sources, plan)
    make_folder(plan.out)
    failures = 0
    with progress_bar("Despeckle") as progress:
        for source in sources:
            try:
                written = despeckle_file(source, plan, progress)
            except LusguiError as error:
                if len(sources) == 1:
                    raise
                failures += 1
                complain(error.message)
                continue
            for path in written:
                say(str(path))
    return failures


def check_wavelet(name: str | None) -> str:
    """Return the name of a discrete wavelet, or "" for the method's own.

    Raises
    ------
    LusguiError
        If there is no such wavelet.
    """
    import pywt

    if name is not None and name not in pywt.wavelist(kind="discrete"):
        families = ", ".join(itertools.islice(pywt.families(), 5))
        raise LusguiError(f"there is no wavelet '{name}'", remedy=f"Use db4, sym8, or others of {families}")
    return name or ""


def register(app: typer.Typer) -> None:
    """Add ``despeckle`` to the command line."""

    @app.command()
    def despeckle(
        inputs: list[Path] = typer.Argument(..., help="Recordings, or folders with one recording a file."),
        out: Path = typer.Option(..., "--out", help="Folder to write into."),
        formats: list[Format] = typer.Option([Format.TIFF], "--format", help="Repeat it for both."),
        method: Method = typer.Option(Method.BEST, "--method", help="Which filter."),
        wavelet: str | None = typer.Option(None, "--wavelet", help="Such as db4 or sym8."),
        levels: int = typer.Option(0, "--levels", min=0, max=12, help="0: the method's own."),
        rule: Rule | None = typer.Option(None, "--rule", help="How coefficients are shrunk."),
        spins: int = typer.Option(0, "--spins", min=0, max=12, help="Shifted copies; 0: the method's own."),
        window: int = typer.Option(0, "--window", min=0, max=99, help="Of Lee and median, in samples."),
        strength: float = typer.Option(1.0, "--strength", min=0.0, max=10.0, help="Factor on thresholds."),
        protection: float = typer.Option(
            1.0, "--protection", min=0.0, max=1.0, help="Of bright structure; 0 is plain shrinkage."
        ),
        iterations: int = typer.Option(50, "--iterations", min=1, max=10000, help="Steps of SRAD."),
        mat_version: str = typer.Option("5", "--mat-version", help="5 or 7.3."),
        frames_one_per_file: bool = typer.Option(
            False, "--frames-one-per-file", help="A folder is one recording, its frames saved one a file."
        ),
        force: bool = typer.Option(False, "--force", help="Replace files that are already there."),
    ) -> None:
        """Write recordings with their speckle reduced, in the intensity state they came in."""
        from lusgui.io.export.mat import check_version

        check_version(mat_version)
        settings = DespeckleSettings(
            method,
            check_wavelet(wavelet),
            levels,
            rule,
            spins,
            window,
            strength,
            protection,
            iterations,
        )
        plan = Plan(settings, out, tuple(dict.fromkeys(formats)), mat_version, force, frames_one_per_file)
        if run(inputs, plan):
            raise typer.Exit(2)
