"""Taking a model file from anywhere into the person's own models, where window and command line find it."""

from __future__ import annotations

from pathlib import Path

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.core.stored_weights import check_weights
from lusgui.io.models import SUFFIX, ModelEntry, own_models_dir, read_card, read_segmenter


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
    try:
        raw = path.read_bytes()
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"the model cannot be copied ({error.strerror or error})", path=path) from error
    try:
        # a damaged copy must not take the place of a good one
        check_weights(raw)
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_bytes(raw)
    return ModelEntry(target, read_card(target), is_bundled=False)
