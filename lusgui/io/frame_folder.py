"""A folder whose frames were saved one a file, read as one recording because the person said so."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Protocol

from lusgui.base.errors import NotAnImageError, UnsupportedFileError
from lusgui.core.progress import no_progress
from lusgui.core.recording import Intensity, Provenance, Recording
from lusgui.io.pixels import apply_recipe
from lusgui.io.polarity import INVERTED_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe

EXTENSIONS = (".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff", ".mat", ".dcm")


class Opener(Protocol):
    """Opens one file as a recording: ``lusgui.io.open.open_recording`` or like it."""

    def __call__(self, path: Path, recipe: Recipe | None, progress: Progress | None, /) -> Recording:
        """Return the open recording."""


def natural_key(path: Path) -> tuple[tuple[int, str], ...]:
    """Sort key under which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


class FolderSource:
    """Frames that lie one a file.

    Parameters
    ----------
    paths : sequence of Path
        Files in the order of frames.
    opener : Opener
        Opens one of them.
    recipe : Recipe or None
        Handed to the opener.
    """

    def __init__(self, paths: Sequence[Path], opener: Opener, recipe: Recipe | None) -> None:
        self.paths = tuple(paths)
        self._opener = opener
        self._recipe = recipe
        self._lock = threading.Lock()

    def read(self, index: int) -> NDArray[Any]:
        """Return the picture in file `index` as (H, W)."""
        with self._lock, self._opener(self.paths[index], self._recipe, None) as one:
            return one.frame(0)

    def close(self) -> None:
        """Nothing is held open between frames."""


def open_frame_folder(
    folder: Path, recipe: Recipe | None = None, progress: Progress | None = None, *, opener: Opener
) -> Recording:
    """Read a folder of single frames as one recording.

    Parameters
    ----------
    folder : Path
        Its pictures of the commonest extension are the frames, in natural order of their names.
    recipe : Recipe, optional
        Choices that overrule what the files say.
    progress : Progress, optional
        Told of each file; may cancel.
    opener : Opener
        Opens one file.

    Returns
    -------
    Recording
        (T, H, W); ``extra["files"]`` lists the file names.

    Raises
    ------
    NotAnImageError
        If the folder holds no frames.
    UnsupportedFileError
        If a file holds several frames, or differs in size, type or amplitude state from the first.
    """
    from lusgui.io.companion import is_setup_only

    report = progress or no_progress
    groups: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        extension = path.suffix.lower()
        if path.is_file() and extension in EXTENSIONS and not path.name.startswith("."):
            groups.setdefault({".jpeg": ".jpg", ".tiff": ".tif"}.get(extension, extension), []).append(path)
    # a setup beside the frames says how to read them, and is no frame
    matfiles = [path for path in groups.pop(".mat", []) if not is_setup_only(path)]
    if matfiles:
        groups[".mat"] = matfiles
    if not groups:
        raise NotAnImageError(
            "the folder holds no pictures", path=folder, remedy="Choose the folder that holds the frames"
        )
    kind = max(groups, key=lambda extension: (len(groups[extension]), extension))
    paths = sorted(groups[kind], key=natural_key)
    notes = [
        f"{len(others)} {extension} files in this folder were left out."
        for extension, others in sorted(groups.items())
        if extension != kind
    ]
    first: Recording | None = None
    for done, path in enumerate(paths):
        report(done, len(paths), path.name)
        with opener(path, recipe, None) as one:
            _check_same_kind(one, first, path)
            if first is None:
                first = one
                notes.extend(one.warnings)
            elif one.spacing_mm != first.spacing_mm:
                first.spacing_mm = None
                notes.append("The files state different spacings: the spacing is unknown.")
    assert first is not None  # there is at least one path
    report(len(paths), len(paths), folder.name)
    recording = Recording(
        source=FolderSource(paths, opener, recipe),
        shape=(len(paths), *first.frame_shape),
        dtype=first.dtype,
        intensity=first.intensity,
        provenance=Provenance(folder, first.provenance.variable, f"folder of {kind.lstrip('.')}"),
        spacing_mm=first.spacing_mm,
        frame_rate_hz=None,
        warnings=tuple(dict.fromkeys(notes)),
        value_range=first.value_range if first.intensity is not Intensity.LINEAR else None,
        extra={"files": [path.name for path in paths], INVERTED_KEY: first.extra.get(INVERTED_KEY, False)},
    )
    return apply_recipe(recording, recipe)


def _check_same_kind(one: Recording, first: Recording | None, path: Path) -> None:
    if one.frame_count != 1:
        raise UnsupportedFileError(
            f"it holds {one.frame_count} frames, so it is a recording of its own",
            path=path,
            remedy="Open the folder as one recording a file",
        )
    if first is None:
        return
    for what, here, there in (
        ("size", one.frame_shape, first.frame_shape),
        ("element type", one.dtype, first.dtype),
        ("amplitude state", one.intensity, first.intensity),
    ):
        if here != there:
            raise UnsupportedFileError(
                f"its {what} ({here}) differs from that of the first frame ({there})",
                path=path,
                remedy="Move it out of the folder",
            )
