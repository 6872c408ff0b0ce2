"""Which model the person wants for a label in every study that has none of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.paths import data_dir

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000


def defaults_path() -> Path:
    """Return the file in which the choices are kept (not made here)."""
    return data_dir() / "models" / "defaults.json"


def read_defaults() -> dict[str, str]:
    """Return the chosen model's key (``ModelCard.key``) by label; a damaged file counts as no choice."""
    path = defaults_path()
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    labels = values.get("labels") if isinstance(values, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {label: key for label, key in labels.items() if isinstance(key, str)}


def set_default(label: str, key: str | None) -> None:
    """Choose the model for a label, or let lusgui choose again.

    Parameters
    ----------
    label : str
        Which label.
    key : str or None
        ``ModelCard.key`` of the model; None takes the choice back.

    Raises
    ------
    WriteFailedError
        If it cannot be written.
    """
    chosen = read_defaults()
    if chosen.get(label) == key:
        return
    chosen.pop(label, None)
    if key is not None:
        chosen[label] = key
    path = defaults_path()
    make_folder(path.parent)
    with atomic_path(path, overwrite=True) as temporary:
        text = json.dumps({"labels": chosen}, indent=1, sort_keys=True, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def rename_default(old: str, new: str) -> None:
    """Keep the choices of a model whose key has changed; parameters are keys."""
    for label, key in read_defaults().items():
        if key == old:
            set_default(label, new)
