"""The folder ``NAME.models`` beside a study: one folder a run, with its job, its masks and what came of it.

Every file appears whole or not at all and is on the disk before anything refers to it. ``result.json`` is
written last: where it is, everything it names is there too. The study knows files by their path relative to
the folder and by their hash; a study that was renamed without its folder still finds them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from lusgui.base.atomic import atomic_path, explain_os_error, make_folder, sync_folder
from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.learning.job import LearnJob
from lusgui.core.learning.result import RunResult

if TYPE_CHECKING:
    from lusgui.core.learning.job import LearnRecording
    from lusgui.core.recording import Recording

SUFFIX = ".models"
JOB = "job.json"
MASKS = "masks.npz"
PROGRESS = "progress.jsonl"
CANDIDATE = "candidate.safetensors"
RESULT = "result.json"
CHANGES = "changes.npz"
STATE = "state"
"""Folder inside that of a run, where its training can go on from; gone when the run is done."""

MAX_JSON_BYTES = 256 * 1024 * 1024
T = TypeVar("T", LearnJob, RunResult)


def models_folder(study: Path) -> Path:
    """Return the folder of a study's runs and models (not made here)."""
    return study.with_name(study.stem + SUFFIX)


def run_folder(study: Path, run_id: int) -> Path:
    """Return the folder of a run (not made here)."""
    return models_folder(study) / run_name(run_id)


def run_name(run_id: int) -> str:
    """Return the name of a run's folder."""
    return f"run-{run_id:04d}"


def is_of_a_study(model: Path) -> bool:
    """Return whether a model file lies in the folder of a run: it was learnt in a study."""
    return model.parent.parent.suffix == SUFFIX


def file_sha256(path: Path) -> str:
    """Return the hash of a file's content.

    Raises
    ------
    LearnError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LearnError(
            f"it cannot be read ({error.strerror or error})", path=path, remedy="Let it learn anew"
        ) from error


def write_durably(path: Path, content: bytes | str) -> None:
    """Write a file whole, over one that is there; it is on the disk, under its name, when this returns.

    Raises
    ------
    WriteFailedError
        If it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(data)
    sync_folder(path.parent)


def make_durable(path: Path) -> None:
    """Have a file that somebody else wrote on the disk, under its name.

    Raises
    ------
    WriteFailedError
        If the disk does not answer.
    """
    try:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise explain_os_error(error, path) from error
    sync_folder(path.parent)
    sync_folder(path.parent.parent)


def make_run_folder(folder: Path) -> None:
    """Make the folder of a run, with that of its study.

    Raises
    ------
    WriteFailedError
        If it cannot be made.
    """
    make_folder(folder)
    sync_folder(folder.parent)
    sync_folder(folder.parent.parent)


def read_job(folder: Path) -> LearnJob:
    """Return the job of a run.

    Raises
    ------
    LearnError
        If it is missing or not sound.
    """
    return _sound(LearnJob, folder / JOB)


def write_result(folder: Path, result: RunResult) -> Path:
    """Write what came of a run; to be called when all that it names is written. Return where it is."""
    for name in (result.candidate, result.changes):
        if name is not None:
            make_durable(folder / PurePosixPath(name))
    path = folder / RESULT
    write_durably(path, result.dumps())
    return path


def read_result(folder: Path) -> RunResult | None:
    """Return what came of a run; None where it left nothing.

    Raises
    ------
    LearnError
        If there is a result that is not sound.
    """
    path = folder / RESULT
    return _sound(RunResult, path) if path.is_file() else None


def _sound(cls: type[T], path: Path) -> T:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise LearnError("it is too large", path=path)
        return cls.loads(path.read_bytes())
    except OSError as error:
        raise LearnError(
            f"it cannot be read ({error.strerror or error})", path=path, remedy="Start the run anew"
        ) from error
    except LearnError as error:
        raise LearnError(error.cause, path=path, remedy=error.remedy or "Start the run anew") from error


def find_file(study: Path, relative: str, sha256: str) -> Path | None:
    """Return the file of a study's model if it is whole, also where the study was renamed without its folder.

    Parameters
    ----------
    study : Path
        The study file.
    relative : str
        Path in the folder of models, forward slashes.
    sha256 : str
        Hash that the file must have.
    """
    folders = [models_folder(study)]
    with contextlib.suppress(OSError):
        folders += sorted(p for p in study.parent.glob(f"*{SUFFIX}") if p != folders[0] and p.is_dir())
    for folder in folders:
        path = folder / PurePosixPath(relative)
        with contextlib.suppress(LusguiError):
            if path.is_file() and file_sha256(path) == sha256:
                return path
    return None


def copy_models(study: Path, target: Path) -> None:
    """Copy what a study's runs left to where another study looks for it; files that are there stay.

    The state from which an unfinished run would go on is left behind.

    Raises
    ------
    WriteFailedError
        If something cannot be copied.
    """
    source, goal = models_folder(study), models_folder(target)
    if not source.is_dir() or source == goal:
        return
    for path in sorted(source.rglob("*")):
        parts = path.relative_to(source).parts
        if STATE in parts[1:] or path.name.startswith(".") or not path.is_file():
            continue
        copy_file(path, goal.joinpath(*parts))


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, whole and on the disk; one that is there with the same content stays.

    Raises
    ------
    WriteFailedError
        If it cannot be copied.
    """
    is_alike = target.is_file() and target.stat().st_size == source.stat().st_size
    if is_alike and file_sha256(target) == file_sha256(source):
        return
    make_folder(target.parent)
    with atomic_path(target, overwrite=True) as temporary:
        shutil.copyfile(source, temporary)
    sync_folder(target.parent)


def tidy_run(folder: Path) -> None:
    """Throw away what a run that is done no longer needs."""
    shutil.rmtree(folder / STATE, ignore_errors=True)


def discard_run(folder: Path) -> None:
    """Throw away a run with all that it made."""
    with contextlib.suppress(OSError):  # first: a run half thrown away has no result
        (folder / RESULT).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def open_learn_recording(recording: LearnRecording) -> Recording:
    """Open a recording of a job the way the window opened it.

    Raises
    ------
    LearnError
        If the file is missing, or no longer the one that was drawn on.
    LusguiError
        If it cannot be read.
    """
    from lusgui.core.recipe import Recipe
    from lusgui.io.open import open_recording

    path = Path(recording.path)
    again = "Show the right file in lusgui, or accept the changed one, and start the run anew"
    try:
        size = path.stat().st_size
    except OSError as error:
        raise LearnError(f"the file of '{recording.name}' is missing", path=path, remedy=again) from error
    if recording.size_bytes and path.is_file() and size != recording.size_bytes:
        raise LearnError("it is no longer the file that was drawn on", path=path, remedy=again)
    recipe = None if recording.recipe is None else Recipe.from_json(recording.recipe)
    opened: Recording = open_recording(path, recipe=recipe)
    if recipe is None and recording.variable and opened.provenance.variable != recording.variable:
        opened.close()
        opened = open_recording(path, recipe=Recipe(recording.name, recording.variable))
    if tuple(opened.shape) != (recording.frames, *recording.shape):
        shape = " x ".join(map(str, opened.shape))
        opened.close()
        raise LearnError(f"it now holds {shape}, so the masks do not fit", path=path, remedy=again)
    opened.spacing_mm = recording.spacing_mm
    return opened
