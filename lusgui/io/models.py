"""Model files: the bundled ones and the person's own, known by their headers alone (no torch).

Where a bundled and an own model share a name, the own one is found: who puts a file called ``rib`` in the
models folder wants it used. The bundled one stays reachable by its path, and is listed as hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError, ModelError
from lusgui.base.paths import data_dir, resources_dir
from lusgui.core.networks import CLICK, SEGMENT
from lusgui.core.safetensors_header import read_header
from lusgui.io.model_defaults import read_defaults

if TYPE_CHECKING:
    from lusgui.core.model_card import ModelCard

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class ModelEntry:
    """A model file that can be used, or that says why it cannot.

    Parameters
    ----------
    path : Path
        The file.
    card : ModelCard or None
        None when the file cannot be read.
    is_bundled : bool
        Whether it came with the program.
    is_hidden : bool
        Whether another model of the same name and task is found in its place.
    problem : str
        Why it cannot be used for masks; empty otherwise.
    """

    path: Path
    card: ModelCard | None
    is_bundled: bool
    is_hidden: bool = False
    problem: str = ""


def read_card(path: Path) -> ModelCard:
    """Return the card in a model file's header.

    Raises
    ------
    ModelError
        If the file is missing, damaged or not a model of ours.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return read_header(stream, path.stat().st_size).card
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    except OSError as error:
        raise ModelError(
            f"the model cannot be read ({error.strerror or error})", path=path, remedy="Check the name"
        ) from error


def read_segmenter(path: Path) -> ModelCard:
    """Return the card of a model that finds masks.

    Raises
    ------
    ModelError
        As `read_card`, or if the model gives points or boxes instead.
    """
    card = read_card(path)
    card.require_task(SEGMENT, Path(path))
    return card


def own_models_dir() -> Path:
    """Return the folder where a person's own models lie (not created here)."""
    return data_dir() / "models"


def bundled_models_dir() -> Path:
    """Return the folder of the models that came with the program."""
    return resources_dir() / "weights"


def list_models(*, answers_clicks: bool = False) -> list[ModelEntry]:
    """Return the person's own models, then the bundled ones, each by name.

    Damaged files are listed with their problem, so that nobody wonders where they went.

    Parameters
    ----------
    answers_clicks : bool
        Whether those are wanted that answer clicks; they belong to no structure and are never among the
        others.
    """
    own = [_entry(path, False) for path in _files(own_models_dir())]
    names = {(entry.card.name, entry.card.task) for entry in own if entry.card is not None}
    try:
        folder = bundled_models_dir()
    except LusguiError:
        bundled = []
    else:
        bundled = [_entry(path, True, names) for path in _files(folder)]
    return [
        entry
        for entry in own + bundled
        if (entry.card is not None and entry.card.task == CLICK) is answers_clicks
    ]


def find_model(name_or_path: str | Path, task: str = SEGMENT) -> Path:
    """Return the file of a model given by its card's name or by its path.

    A name is looked up first among the person's own models (the newest version), then among the bundled.
    Where models of several tasks share it, the one of `task` is found.

    Raises
    ------
    ModelError
        If there is no such model; the message names those there are.
    """
    text = str(name_or_path)
    listed = list_models(answers_clicks=task == CLICK)
    usable = [entry for entry in listed if entry.card is not None and not entry.is_hidden]
    named = [e for e in usable if e.card is not None and text in (e.card.name, e.card.key)]
    if named:
        wanted = [e for e in named if e.card is not None and e.card.task == task]
        return max(wanted or named, key=_rank).path
    path = Path(text).expanduser()
    if path.suffix == SUFFIX or path.is_file():
        if path.is_file():
            return path
        raise ModelError("there is no such model file", path=path, remedy="Check the name")
    known = sorted({e.card.name for e in usable if e.card is not None})
    remedy = f"Known: {', '.join(known)}; or name a {SUFFIX} file" if known else f"Name a {SUFFIX} file"
    raise ModelError(f"there is no model called '{text[:60]}'", remedy=remedy)


def models_for(label: str) -> list[ModelEntry]:
    """Return the usable models that find masks of a label, the person's own first."""
    return [
        entry
        for entry in list_models()
        if entry.card is not None
        and not entry.is_hidden
        and label in entry.card.labels
        and entry.card.task == SEGMENT
    ]


def default_model(label: str) -> ModelEntry | None:
    """Return the model that answers for a label unless a study has another, or None.

    The one that the person set as default (`lusgui.io.model_defaults`) while it is there; else the one that
    is called like the label, the newest version of it; else the first that knows the label.
    """
    chosen = read_defaults().get(label)
    if chosen is not None:
        entry = model_with_key(chosen, label)
        if entry is not None:
            return entry
    known = models_for(label)
    named = [entry for entry in known if entry.card is not None and entry.card.name == label]
    return max(named, key=_rank) if named else next(iter(known), None)


def model_with_key(key: str, label: str) -> ModelEntry | None:
    """Return the usable model with a key (``ModelCard.key``) that finds masks of a label, or None.

    One that is hidden by another of its name is found too: whoever names the key means this one.
    """
    for entry in list_models():
        card = entry.card
        if card is not None and card.key == key and label in card.labels and card.task == SEGMENT:
            return entry
    return None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == SUFFIX and not p.name.startswith("."))
    except OSError:
        return []


def _entry(path: Path, is_bundled: bool, hidden: set[tuple[str, str]] | None = None) -> ModelEntry:
    try:
        card = read_card(path)
    except ModelError as error:
        return ModelEntry(path, None, is_bundled, problem=error.message)
    problem = ""
    try:
        card.require_task(SEGMENT, path)
    except ModelError as error:
        problem = error.message
    is_hidden = (card.name, card.task) in (hidden or set())
    return ModelEntry(path, card, is_bundled, is_hidden, problem)


def _rank(entry: ModelEntry) -> tuple[tuple[int, ...], str, str]:
    version = entry.card.version if entry.card is not None else ""
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    return numbers, version, entry.path.name
