"""The person's own models: taking one in from anywhere, giving it a name, handing it on, throwing it away."""

from __future__ import annotations

import contextlib
from pathlib import Path

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.errors import ModelError
from lusgui.core.model_card import MAX_CARD_CHARS, ModelCard, parse_card
from lusgui.core.safetensors_header import replace_card
from lusgui.core.stored_weights import check_weights
from lusgui.io.model_defaults import rename_default
from lusgui.io.models import SUFFIX, ModelEntry, own_models_dir, read_card, read_segmenter

_REMOVED = ".removed-"
"""Before the name of a model that was taken off the list and may yet come back."""


def add_model(path: Path) -> ModelEntry:
    """Copy a model into the person's own models; the same weights are not copied twice.

    Parameters
    ----------
    path : Path
        A model file, for example ``model.safetensors`` of a training run.

    Returns
    -------
    ModelEntry
        The copy. Its name holds the model's key, so that no model takes the place of another.

    Raises
    ------
    ModelError
        If the file is not a model of ours that finds masks, cannot be read, or its weights are damaged.
    WriteFailedError
        If it cannot be written.
    """
    path = Path(path)
    card = read_segmenter(path)
    target = own_models_dir() / f"{card.key}{SUFFIX}"
    if target.exists() and target.samefile(path):
        return ModelEntry(target, card, is_bundled=False)
    raw = _bytes_of(path)  # a damaged copy must not take the place of a good one
    make_folder(target.parent)
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_bytes(raw)
    return ModelEntry(target, read_card(target), is_bundled=False)


def rename_model(path: Path, name: str) -> ModelEntry:
    """Give one of the person's own models another name, in its card and as a file; the weights stay.

    Parameters
    ----------
    path : Path
        A file in the folder of own models.
    name : str
        Letters, digits, ``. _ -``.

    Returns
    -------
    ModelEntry
        The renamed model, under its new path and key.

    Raises
    ------
    ModelError
        If the name cannot be one, the file is not the person's own, is missing or damaged, or another model
        of these weights has that name.
    WriteFailedError
        If it cannot be written.
    """
    require_own(path)
    card = read_card(path)
    renamed = ModelCard.from_json(card.to_json() | {"name": name.strip()})
    target = path.with_name(f"{renamed.key}{SUFFIX}")
    if renamed.name == card.name:
        return ModelEntry(path, card, is_bundled=False)
    if target.exists() and not target.samefile(path):
        raise ModelError("there is another model of that name with the same weights", path=target)
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_bytes(replace_card(_bytes_of(path), renamed))
    if not target.samefile(path):
        _unlink(path)
    rename_default(card.key, renamed.key)
    return ModelEntry(target, read_card(target), is_bundled=False)


def remove_model(path: Path) -> Path:
    """Take one of the person's own models off the list; it lies beside it under a hidden name.

    Returns
    -------
    Path
        Where it lies; `restore_model` brings it back until `purge_removed` is called.

    Raises
    ------
    ModelError
        If the file is not the person's own, or cannot be moved.
    """
    require_own(path)
    hidden = path.with_name(f"{_REMOVED}{path.name}")
    _move(path, hidden)
    return hidden


def restore_model(hidden: Path) -> Path:
    """Bring back a model that `remove_model` took away; return where it lies again.

    Raises
    ------
    ModelError
        If it is no longer there, or another model lies in its place.
    """
    path = hidden.with_name(hidden.name.removeprefix(_REMOVED))
    if path.exists():
        raise ModelError("another model of that name is there now", path=path, remedy="Rename that one first")
    _move(hidden, path)
    return path


def purge_removed() -> None:
    """Delete for good what `remove_model` took away."""
    with contextlib.suppress(OSError):
        for hidden in own_models_dir().glob(f"{_REMOVED}*{SUFFIX}"):
            with contextlib.suppress(OSError):
                hidden.unlink()


def export_model(path: Path, target: Path, *, overwrite: bool = False) -> tuple[Path, Path]:
    """Copy a model anywhere, with its card as JSON beside it for people to read.

    Parameters
    ----------
    path : Path
        The model's file.
    target : Path
        Where the copy goes; the card goes to the same name ending in ``.json``, or in ``.card.json`` where
        that is something else.
    overwrite : bool
        Whether files of these names are replaced.

    Returns
    -------
    tuple of Path
        Model and card.

    Raises
    ------
    ModelError
        If the model is missing or damaged.
    WriteFailedError
        If it cannot be written, or is there already.
    """
    target = target if target.suffix == SUFFIX else target.with_name(f"{target.name}{SUFFIX}")
    card, raw = read_card(path), _bytes_of(path)
    beside = target.with_suffix(".json")
    if beside.exists() and not _is_card(beside):
        beside = target.with_suffix(".card.json")
    with atomic_path(beside, overwrite=overwrite) as temporary:
        temporary.write_text(card.dumps(), encoding="utf-8")
    if target.exists() and target.samefile(path):
        return target, beside
    with atomic_path(target, overwrite=overwrite) as temporary:
        temporary.write_bytes(raw)
    return target, beside


def require_own(path: Path) -> None:
    """Refuse a file outside the folder of own models.

    Raises
    ------
    ModelError
        If it lies elsewhere.
    """
    if path.parent.resolve() != own_models_dir().resolve():
        raise ModelError(
            "this model is not one of your own", path=path, remedy="Export it and import the copy; then it is"
        )


def _is_card(path: Path) -> bool:
    try:
        if path.stat().st_size > MAX_CARD_CHARS:
            return False
        parse_card(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ModelError):
        return False
    return True


def _bytes_of(path: Path) -> bytes:
    """Return a model's file, whole and undamaged."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the model cannot be read ({error.strerror or error})", path=path) from error
    try:
        check_weights(raw)
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    return raw


def _move(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except OSError as error:
        raise ModelError(f"the model cannot be moved ({error.strerror or error})", path=path) from error


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise ModelError(
            f"the model has its new name, but the old file is still there ({error.strerror or error})",
            path=path,
        ) from error
