"""The set HC18: fetal head planes whose outline is drawn, with pixel sizes and head circumferences."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.data.pair_layouts import samples_of
from training.data.pictures import (
    UNNAMED,
    check_size,
    decode_masks,
    files_in,
    first_problem,
    read_image,
    read_stored_mask,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample

HEAD = "head"

_MASK_ENDING = "_annotation"
_SOLID = 0.4
_MISFIT = 0.2


def fits(folder: Path) -> bool:
    """Whether there are ``NNN_HC.png`` with ``NNN_HC_Annotation.png`` here or in ``training_set``."""
    return bool(_masks(_folder_of_images(folder)))


def _folder_of_images(folder: Path) -> Path:
    inside = folder / "training_set"
    return inside if inside.is_dir() else folder


def _masks(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in files_in(folder, (".png",)) if path.stem.casefold().endswith(_MASK_ENDING)]


def read(folder: Path) -> list[Sample]:
    """Read fetal head planes with filled head masks; images of one number are of one woman.

    The outlines that the set is published with are filled, also where the head reaches over the image's
    edge. ``*pixel_size_and_HC.csv`` gives the spacing and the fact ``hc_mm``.

    Raises
    ------
    LusguiError
        If an image has no outline, an outline no image, the table is damaged or does not list an image.

    References
    ----------
    van den Heuvel et al. 2018, Automated measurement of fetal head circumference using 2D ultrasound images,
    PLoS ONE 13(8) e0200412, doi 10.1371/journal.pone.0200412.
    """
    place = _folder_of_images(folder)
    masks = {path.stem[: -len(_MASK_ENDING)]: path for path in _masks(place)}
    images = {
        path.stem: path
        for path in files_in(place, (".png",))
        if not path.stem.casefold().endswith(_MASK_ENDING)
    }
    lonely = [path for stem, path in images.items() if stem not in masks]
    left = [path for stem, path in masks.items() if stem not in images]
    if lonely or left:
        raise first_problem(place, lonely, left)
    sizes = _sizes(folder, place)
    samples = []
    for stem, path in images.items():
        picture = read_image(path)
        stored = read_stored_mask(masks[stem])
        check_size(tuple(stored.shape[1:]), picture.shape, masks[stem], path.name)
        outline = decode_masks([stored], soft=True)[0][UNNAMED][0]
        head = fill_outline(outline, masks[stem])
        (sample,) = samples_of(picture, {HEAD: head[np.newaxis]}, group=stem.split("_")[0])
        if sizes is not None:
            if path.name not in sizes:
                raise UnreadableFileError("the table of pixel sizes does not list it", path=path)
            spacing, circumference = sizes[path.name]
            facts = {} if circumference is None else {"hc_mm": circumference}
            sample = replace(sample, spacing_mm=(spacing, spacing), facts=facts)
        samples.append(sample)
    return samples


def _sizes(folder: Path, place: Path) -> dict[str, tuple[float, float | None]] | None:
    """Return (mm of a pixel, head circumference in mm) by file name, or None without the table."""
    tables = [path for one in (folder, place, place.parent) for path in sorted(one.glob("*pixel_size*.csv"))]
    ours = [path for path in tables if "test" not in path.name] or tables
    if not ours:
        return None
    found: dict[str, tuple[float, float | None]] = {}
    try:
        with ours[0].open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = reader.fieldnames or []
            size = next(name for name in names if "pixel" in name)
            circumference = next((name for name in names if "circumference" in name), None)
            for row in reader:
                found[row["filename"]] = (
                    float(row[size]),
                    float(row[circumference]) if circumference and row[circumference] else None,
                )
    except (OSError, ValueError, KeyError, StopIteration, TypeError, csv.Error) as error:
        raise UnreadableFileError(
            "the table of pixel sizes is damaged",
            path=ours[0],
            remedy="It needs the columns 'filename', 'pixel size(mm)' and 'head circumference (mm)'",
        ) from error
    return found


def fill_outline(outline: NDArray[np.bool_], path: Path) -> NDArray[np.bool_]:
    """Return what a drawn outline encloses, with the outline; a filled mask comes back as it is.

    An outline that the image's edge cuts open is closed by the ellipse that fits it.

    Raises
    ------
    UnreadableFileError
        If it neither encloses anything nor fits an ellipse.
    """
    from scipy import ndimage

    if _is_solid(outline):
        return outline
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(outline)
    if not outline.any() or _is_solid(filled):
        return filled
    inside = _inside_ellipse(outline)
    if inside is None:
        raise UnreadableFileError(
            "its outline encloses nothing", path=path, remedy="Close the outline, or fill it"
        )
    return filled | inside


def _inside_ellipse(outline: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return the inside of the ellipse of least squares through the pixels, or None if they form none."""
    rows, columns = np.nonzero(outline)
    middle, spread = (rows.mean(), columns.mean()), max(rows.std(), columns.std(), 1.0)

    def terms(row: NDArray[Any], column: NDArray[Any]) -> NDArray[np.float64]:
        y, x = (row - middle[0]) / spread, (column - middle[1]) / spread
        return np.stack(np.broadcast_arrays(x * x, x * y, y * y, x, y), axis=-1)

    known = terms(rows, columns)
    found, _, rank, _ = np.linalg.lstsq(known, np.ones(rows.size), rcond=1e-9)
    misfit = float(np.abs(known @ found - 1).mean())
    if rank < found.size or misfit > _MISFIT or 4 * found[0] * found[2] - found[1] ** 2 <= 1e-6:
        return None
    height, width = outline.shape
    values = terms(np.arange(height)[:, np.newaxis], np.arange(width)[np.newaxis, :]) @ found
    inside: NDArray[np.bool_] = (values < 1) == (found[0] > 0)
    return inside


def _is_solid(mask: NDArray[np.bool_]) -> bool:
    """Whether a mask takes up much of its bounding box: an ellipse at least a half, a line little."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return False
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bool(box.mean() > _SOLID)
