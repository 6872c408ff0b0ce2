"""Masks in COCO annotation files: polygons and run lengths."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, NotAnImageError, TooLargeError, UnreadableFileError
from lusgui.io.masks_read import MaskGroup, stem_of
from lusgui.io.pixels import check_frame_size

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_JSON_BYTES = 512 * 1024 * 1024


def read_coco(path: Path) -> list[MaskGroup]:
    """Read a COCO file: one group for each recording and category.

    A picture's name states the recording and, after a last underscore or dash, the frame counted from 1,
    as in ``clip7_00012.png``. Annotations of one picture and category are united.

    Raises
    ------
    LusguiError
        If it is no COCO file or says what cannot be.
    """
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise TooLargeError("it is too large to be read as JSON", path=path)
        content = json.loads(path.read_bytes())
        return _groups(content, path)
    except LusguiError:
        raise
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    except MemoryError as error:
        raise TooLargeError("there is not enough memory to read it", path=path) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise UnreadableFileError(
            "this is no COCO annotation file, or it is damaged",
            path=path,
            remedy="It needs 'images', 'annotations' and 'categories'",
        ) from error


def _groups(content: Any, path: Path) -> list[MaskGroup]:  # noqa: ANN401
    names = {one["id"]: str(one["name"]) for one in content["categories"]}
    pictures = {one["id"]: one for one in content["images"]}
    by_plane: dict[tuple[str, str, int, int], dict[int | None, list[Any]]] = {}
    for annotation in content["annotations"]:
        picture = pictures[annotation["image_id"]]
        rows, cols = int(picture["height"]), int(picture["width"])
        check_frame_size(rows, cols, path)
        if not annotation.get("segmentation"):
            continue
        stem, frame = frame_of(str(picture["file_name"]))
        plane = (stem, names[annotation["category_id"]], rows, cols)
        by_plane.setdefault(plane, {}).setdefault(frame, []).append(annotation["segmentation"])
    if not by_plane:
        raise NotAnImageError("it holds no masks, only boxes or nothing", path=path)
    groups = []
    for (stem, category, rows, cols), frames in by_plane.items():
        order = sorted(frames, key=lambda frame: -1 if frame is None else frame)
        parts = [frames[frame] for frame in order]
        numbered = tuple(frame for frame in order if frame is not None)
        known = numbered if len(numbered) == len(order) else None

        def read(
            k: int, parts: list[Any] = parts, shape: tuple[int, int] = (rows, cols)
        ) -> NDArray[np.bool_]:
            try:
                united = np.zeros(shape, dtype=np.bool_)
                for one in parts[k]:
                    united |= decode(one, shape)
                return united
            except (ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
                raise UnreadableFileError("one of its outlines is damaged", path=path) from error

        groups.append(
            MaskGroup(
                (len(parts), rows, cols),
                read,
                category,
                frames=known,
                source=stem,
                part=f"{stem}, {category}",
            )
        )
    return groups


def frame_of(name: str) -> tuple[str, int | None]:
    """Return the recording's stem and the 0-based frame that a picture's name states."""
    stem = stem_of(name) or name
    match = re.fullmatch(r"(.+?)[_-](?:frame[_-]?)?(\d{1,9})", stem, re.IGNORECASE)
    if match is None or int(match.group(2)) < 1:
        return stem, None
    return match.group(1), int(match.group(2)) - 1


def decode(segmentation: Any, shape: tuple[int, int]) -> NDArray[np.bool_]:  # noqa: ANN401 (JSON)
    """Return the mask (H, W) of one COCO segmentation: polygons, or run lengths packed or plain.

    Raises
    ------
    ValueError
        If it does not describe a mask of that shape.
    """
    if isinstance(segmentation, dict):
        size = tuple(int(one) for one in segmentation["size"])
        if size != shape:
            raise ValueError(f"run lengths for {size}")
        counts = segmentation["counts"]
        runs = unpack_counts(counts) if isinstance(counts, str) else [int(one) for one in counts]
        return decode_runs(runs, shape)
    from skimage.draw import polygon

    mask = np.zeros(shape, dtype=np.bool_)
    for outline in segmentation:
        points = np.asarray(outline, dtype=np.float64).reshape(-1, 2)
        if not np.isfinite(points).all():
            raise ValueError("an outline with NaN")
        # COCO's coordinates run along pixel edges; a pixel belongs if its centre lies inside.
        limit = 4.0 * max(shape)
        points = np.clip(points, -limit, limit)
        mask[polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, shape)] = True
    return mask


def decode_runs(runs: list[int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of run lengths, which go down the columns and begin with background."""
    lengths = np.asarray(runs, dtype=np.int64)
    if (lengths < 0).any() or int(lengths.sum()) != shape[0] * shape[1]:
        raise ValueError("run lengths that do not fill the picture")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(shape, order="F")


def unpack_counts(text: str) -> list[int]:
    """Return the run lengths in COCO's packed string.

    Each number is written in groups of five bits, lowest first, as characters from '0' on; bit 32 says
    that more follow, the last group's bit 16 is the sign, and from the fourth number on it is the
    difference to the number two before.
    """
    runs: list[int] = []
    value, shift = 0, 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or shift > 40:
            raise ValueError("a character that packed run lengths do not have")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise ValueError("packed run lengths that end in the middle of a number")
    return runs
