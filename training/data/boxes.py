"""Boxes on the pixel grid, and their way from masks and text files and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample

_DECIMALS = 10
_SNAP = 2e-6
"""Part of the image's size within which an edge is taken for a whole pixel: files often have six decimals."""
_SLACK = 0.01
"""How far, as part of the image, a box may reach over its edge before the file is taken for wrong."""


@dataclass(frozen=True)
class Box:
    """A box in pixels, half-open: it covers rows row0 to row1 and columns col0 to col1.

    Parameters
    ----------
    row0, col0, row1, col1 : float
        Edges, so that row1 - row0 is the height; a single pixel (r, c) is Box(r, c, r + 1, c + 1).
    """

    row0: float
    col0: float
    row1: float
    col1: float

    @property
    def height(self) -> float:
        """Rows covered."""
        return self.row1 - self.row0

    @property
    def width(self) -> float:
        """Columns covered."""
        return self.col1 - self.col0

    @property
    def centre(self) -> tuple[float, float]:
        """Middle as (row, column)."""
        return (self.row0 + self.row1) / 2, (self.col0 + self.col1) / 2

    @property
    def area(self) -> float:
        """Pixels covered; 0 for an empty box."""
        return max(self.height, 0.0) * max(self.width, 0.0)


def boxes_of(mask: NDArray[np.bool_], union: bool = True) -> tuple[Box, ...]:
    """Return the tight boxes of a mask.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        The mask.
    union : bool
        One box around everything, as for a cerebellum of two hemispheres; else one for each piece
        (pixels that touch at a corner belong together).

    Returns
    -------
    tuple of Box
        With whole-numbered edges, from top to bottom and left to right; empty for an empty mask.
    """
    if union:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if rows.size == 0:
            return ()
        return (Box(float(rows[0]), float(columns[0]), float(rows[-1] + 1), float(columns[-1] + 1)),)
    from scipy import ndimage

    pieces, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    found = [
        Box(float(rows.start), float(columns.start), float(rows.stop), float(columns.stop))
        for rows, columns in ndimage.find_objects(pieces)
    ]
    return tuple(sorted(found, key=lambda box: (box.row0, box.col0, box.row1, box.col1)))


def mask_of(boxes: Iterable[Box], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask (H, W) of all pixels whose centre lies in one of the boxes."""
    mask = np.zeros(shape, dtype=np.bool_)
    for box in boxes:
        # pixel r has its centre at r + 0.5
        rows = [min(max(int(np.ceil(edge - 0.5)), 0), shape[0]) for edge in (box.row0, box.row1)]
        columns = [min(max(int(np.ceil(edge - 0.5)), 0), shape[1]) for edge in (box.col0, box.col1)]
        mask[rows[0] : rows[1], columns[0] : columns[1]] = True
    return mask


def mirror_boxes(boxes: Iterable[Box], columns: int) -> tuple[Box, ...]:
    """Return the boxes in an image of that many columns whose left and right were exchanged."""
    return tuple(Box(box.row0, columns - box.col1, box.row1, columns - box.col0) for box in boxes)


def boxes_in(sample: Sample, label: str, union: bool = True) -> tuple[Box, ...] | None:
    """Return a sample's boxes of a label, from its masks where it has none; None where nobody looked."""
    if label in sample.boxes:
        return sample.boxes[label]
    if label in sample.masks:
        return boxes_of(sample.masks[label], union)
    return None


def yolo_text(boxes: Mapping[str, Sequence[Box]], shape: tuple[int, int], classes: Sequence[str]) -> str:
    """Return lines ``class x y w h``: number of the class, centre and size as parts of width and height.

    Parameters
    ----------
    boxes : mapping of str to sequence of Box
        By label.
    shape : (int, int)
        Rows and columns of the image.
    classes : sequence of str
        Labels in the order of their numbers.
    """
    rows, columns = shape
    lines = []
    for label, found in boxes.items():
        for box in found:
            row, column = box.centre
            numbers = (column / columns, row / rows, box.width / columns, box.height / rows)
            lines.append(
                f"{classes.index(label)} " + " ".join(f"{number:.{_DECIMALS}f}" for number in numbers)
            )
    return "".join(f"{line}\n" for line in lines)


def read_yolo_text(
    text: str, shape: tuple[int, int], classes: Sequence[str], path: Path
) -> dict[str, tuple[Box, ...]]:
    """Return the boxes of each class from lines ``class x y w h``.

    Parameters
    ----------
    text : str
        Content of the file; empty lines are passed over.
    shape : (int, int)
        Rows and columns of the image.
    classes : sequence of str
        Labels in the order of their numbers.
    path : Path
        For messages.

    Returns
    -------
    mapping of str to tuple of Box
        Every class is there, with () where the file has none of it. Edges that lie within rounding of a
        whole pixel are whole, so that boxes written by `yolo_text` come back exactly.

    Raises
    ------
    UnreadableFileError
        If a line is no box, or its box lies outside the image.
    """
    found: dict[str, list[Box]] = {label: [] for label in classes}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        label, box = _line(line, number, shape, classes, path)
        found[label].append(box)
    return {label: tuple(boxes) for label, boxes in found.items()}


def _line(
    line: str, number: int, shape: tuple[int, int], classes: Sequence[str], path: Path
) -> tuple[str, Box]:
    words = line.split()
    try:
        kind = int(words[0])
        x, y, width, height = (float(word) for word in words[1:])
    except (ValueError, IndexError) as error:
        raise UnreadableFileError(
            f"line {number} is no box",
            path=path,
            remedy="A line is 'class x y w h': the class's number, centre and size as parts of the image",
        ) from error
    if not 0 <= kind < len(classes):
        raise UnreadableFileError(
            f"line {number} speaks of class {kind}, but there are {len(classes)}",
            path=path,
            remedy="Classes count from 0 in the order of classes.txt",
        )
    edges = (x - width / 2, x + width / 2, y - height / 2, y + height / 2)
    inside = all(-_SLACK <= edge <= 1 + _SLACK for edge in edges)
    if not inside or width <= 0 or height <= 0:
        raise UnreadableFileError(
            f"the box in line {number} does not lie in the image",
            path=path,
            remedy="Centre and size are parts of the image between 0 and 1, not pixels",
        )
    left, right = (_edge(edge, shape[1]) for edge in edges[:2])
    top, bottom = (_edge(edge, shape[0]) for edge in edges[2:])
    return classes[kind], Box(top, left, bottom, right)


def _edge(part: float, size: int) -> float:
    edge = min(max(part * size, 0.0), float(size))
    whole = float(round(edge))
    return whole if abs(edge - whole) <= _SNAP * size else edge


def write_yolo(samples: Sequence[Sample], folder: Path, labels: Sequence[str], union: bool = True) -> Path:
    """Write a folder that YOLO programs learn from.

    ``images/<name>.png`` (8-bit gray), ``labels/<name>.txt``, ``classes.txt``, and ``groups.csv``, which only
    this project reads, so that a later split keeps patients apart.

    Parameters
    ----------
    samples : sequence of Sample
        Each with boxes or masks of every label.
    folder : Path
        Made where missing.
    labels : sequence of str
        What to write, in the order of the class numbers.
    union : bool
        One box for each mask, or one for each of its pieces.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    LusguiError
        If a sample was not looked through for a label, or two have one name.
    """
    import csv

    from PIL import Image

    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    rows = []
    for sample in samples:
        name = "".join(letter if letter.isalnum() or letter in "-_+." else "_" for letter in sample.name)
        if name in seen:
            raise LusguiError(f"two frames are called '{name}'", path=folder, remedy="Give them other names")
        seen.add(name)
        boxes = {}
        for label in labels:
            found = boxes_in(sample, label, union)
            if found is None:
                raise LusguiError(
                    f"nobody looked for '{label}' in '{sample.name}', so no file can say what is in it",
                    remedy="Leave such frames or that label out",
                )
            boxes[label] = found
        gray = np.rint(sample.gray() * 255).astype(np.uint8)
        Image.fromarray(gray).save(folder / "images" / f"{name}.png")
        text = yolo_text(boxes, (gray.shape[0], gray.shape[1]), labels)
        (folder / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
        rows.append((f"{name}.png", sample.group))
    (folder / "classes.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    with (folder / "groups.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("file", "group"), *rows])
    return folder
