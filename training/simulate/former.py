"""What a former simulation left in a folder: recognised as such before anything of it is replaced."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from lusgui.base.errors import OverwriteRefusedError
from training.simulate.clips import ALL_KINDS

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "simulation.json"
TRUTH = "truth.csv"
GROUPS = "groups.csv"
PREVIEW = "preview/contact_sheet.png"
CLASSES = "classes.txt"

_ALWAYS = (MANIFEST, TRUTH, GROUPS, PREVIEW, CLASSES, f"boxes/{CLASSES}")
_DESKTOPS = ("thumbs.db", "desktop.ini")
"""Files that file managers leave, besides hidden ones."""
NAMED = 3
"""Foreign files that an error names."""


def clear(folder: Path, *, force: bool) -> None:
    """Take away the simulation in a folder if it may be replaced; a new or empty folder is left as it is.

    Raises
    ------
    OverwriteRefusedError
        If it is no folder, or holds anything that no simulation wrote, or replacing was not asked for.
        Nothing has been touched then.
    """
    if folder.exists() and not folder.is_dir():
        raise OverwriteRefusedError("it is a file, not a folder", path=folder, remedy="Name another folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not force:
        raise OverwriteRefusedError(
            "the folder is not empty; nothing was written",
            path=folder,
            remedy="Choose another folder, or say that a simulation in it may be replaced (--force)",
        )
    written = _listed(folder)
    top = folder.resolve()
    present = {path for path in top.rglob("*") if path.is_symlink() or not path.is_dir()}
    own = {place for name in written if (place := (top / name)).is_relative_to(top) and ".." not in name}
    foreign = sorted(
        path.relative_to(top).as_posix()
        for path in present - own
        if not path.name.startswith(".") and path.name.casefold() not in _DESKTOPS
    )
    if foreign:
        more = f" and {len(foreign) - NAMED} more" if len(foreign) > NAMED else ""
        raise OverwriteRefusedError(
            f"besides a simulation it holds files that none wrote ({', '.join(foreign[:NAMED])}{more});"
            " nothing was touched",
            path=folder,
            remedy="Choose another folder, or move these files elsewhere",
        )
    for place in present & own:
        with suppress(FileNotFoundError):
            place.unlink()


def _listed(folder: Path) -> list[str]:
    """Return the files of the simulation in a folder, by its manifest."""
    manifest = folder / MANIFEST
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OverwriteRefusedError(
            "it holds no simulation, and only one may be replaced; nothing was touched",
            path=folder,
            remedy="Choose another folder",
        ) from None
    except (OSError, ValueError) as error:
        raise _damaged(manifest) from error
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or content.get("kind") not in ALL_KINDS:
        raise _damaged(manifest)
    return [*map(str, files), *_ALWAYS]


def _damaged(manifest: Path) -> OverwriteRefusedError:
    return OverwriteRefusedError(
        "it is damaged, so it is not known which files belong to the simulation; nothing was touched",
        path=manifest,
        remedy="Choose another folder",
    )
