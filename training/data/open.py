"""Open a data set in any layout people keep images and masks in."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError, UnsupportedFileError
from training.data import coco, colour_masks, hc18, own_sets, pair_layouts, salient, study_layouts, yolo
from training.data.groups import assign_groups
from training.data.pictures import UNNAMED
from training.data.spacing import assign_spacing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from training.dataset import Sample

AUTO = "auto"
DEFAULT_LABEL = "mask"
"""What a mask is called that neither a file nor the caller names."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """A way to keep a data set.

    Parameters
    ----------
    name : str
        For options.
    title : str
        What it looks like.
    fits : callable
        Whether a path looks like it.
    read : callable
        The samples; groups that are not known are empty, as are labels.
    is_natural : bool
        Whether it holds photographs, which need no groups.
    """

    name: str
    title: str
    fits: Callable[[Path], bool]
    read: Callable[[Path], list[Sample]]
    is_natural: bool = False


_ALL = (
    Layout(
        "study",
        "a study of lusgui (.lusgui), or a folder with some",
        study_layouts.fits_study,
        study_layouts.read_studies,
    ),
    Layout(
        "ribs",
        "index.csv with images/ and masks/, as this project's rib set",
        own_sets.fits_ribs,
        own_sets.read_ribs,
    ),
    Layout("hc18", "NNN_HC.png with NNN_HC_Annotation.png", hc18.fits, hc18.read),
    Layout(
        "fetal", "pNNN_gaWW_x.jpg with .cerebellum.png and alike", own_sets.fits_fetal, own_sets.read_fetal
    ),
    Layout("coco", "COCO annotations (.json) with their images", coco.fits, coco.read),
    Layout("yolo", "images/ and labels/*.txt of 'class x y w h'", yolo.fits, yolo.read),
    Layout(
        "usgra",
        "images/0000.png and masks/0000.png in dark red and green",
        colour_masks.fits_usgra,
        colour_masks.read_usgra,
    ),
    Layout(
        "colours", "images/ and masks/ in colour, with colours.json", colour_masks.fits, colour_masks.read
    ),
    Layout(
        "salient",
        "photographs with salient objects as DUTS, ECSSD, XPIE or MSRA10K",
        salient.fits,
        salient.read,
        is_natural=True,
    ),
    Layout(
        "mat-masks",
        "images with one MAT file a mask",
        pair_layouts.fits_mat_masks,
        pair_layouts.read_mat_masks,
    ),
    Layout(
        "pairs",
        "images/ and masks/, or IMG/img_*.tif and MASK/mask_*.tif",
        pair_layouts.fits_pairs,
        pair_layouts.read_pairs,
    ),
    Layout(
        "beside", "x.rib.png or x_mask.png beside x.png", pair_layouts.fits_beside, pair_layouts.read_beside
    ),
    Layout(
        "recordings",
        "recordings (.mat) with clip_rib.mat or clip.rib.tif beside",
        study_layouts.fits_recordings,
        study_layouts.read_recordings,
    ),
)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _ALL}
"""By name, in the order in which they are tried."""


@dataclass(frozen=True)
class Dataset:
    """What was read.

    Parameters
    ----------
    samples : list of Sample
        Frames with what is known of them.
    layout : str
        How they were kept.
    warnings : tuple of str
        What was guessed or left out, one sentence each.
    """

    samples: list[Sample]
    layout: str
    warnings: tuple[str, ...] = ()


def open_dataset(path: Path | str, label: str | None = None, layout: str = AUTO) -> list[Sample]:
    """Read a data set; what was guessed goes to the log as a warning. See `read_dataset`."""
    found = read_dataset(path, label, layout)
    for sentence in found.warnings:
        _log.warning("%s: %s", Path(path).name, sentence)
    return found.samples


def read_dataset(path: Path | str, label: str | None = None, layout: str = AUTO) -> Dataset:
    """Read a data set.

    Parameters
    ----------
    path : Path
        A folder, a study or a COCO file.
    label : str, optional
        Keep this label only; frames where nobody looked for it are left out. Masks that have no name of
        their own, as in ``images/`` and ``masks/``, get it as theirs.
    layout : str
        One of `LAYOUTS`, or "auto" for the first that fits.

    Returns
    -------
    Dataset
        At least one sample; every sample has a group.

    Raises
    ------
    LusguiError
        Naming the file, the cause and the way out: nothing there, no such layout, an unreadable picture, a
        mask of another size, an image without mask, a mask without image, an unknown label.
    """
    place = Path(path)
    chosen = _choose(place, layout)
    samples = chosen.read(place)
    if not samples:
        raise UnreadableFileError("it holds no image with a mask", path=place, remedy="Put some into it")
    folder = place if place.is_dir() else place.parent
    samples, warnings = assign_groups(assign_spacing(samples, folder), folder, chosen.is_natural)
    if chosen.name == "coco" and (left := coco.images_not_listed(place, samples)):
        warnings.append(f"{left} images are not listed in the COCO file and were left out.")
    if chosen.name == "usgra":
        warnings.append("Dark red was taken for vessel and dark green for nerve, as in usgra.")
    try:
        samples, left_out = pick_label(samples, label, place)
    except UnreadableFileError as error:
        if beside := masks_beside_boxes(place) if chosen.name == "yolo" else "":
            raise UnreadableFileError(error.cause, path=place, remedy=f"{error.remedy}. {beside}") from error
        raise
    if left_out:
        warnings.append(f"{left_out} frames were left out: nobody looked for '{label}' in them.")
    return Dataset(samples, chosen.name, tuple(warnings))


def detect_layout(path: Path) -> str | None:
    """Return the name of the first layout that a path looks like, or None."""
    return next((layout.name for layout in _ALL if layout.fits(path)), None)


def masks_beside_boxes(path: Path) -> str:
    """Return how the masks are read that stand beside boxes in the same folder; empty without any."""
    # 'labels' is a name for masks too, but here holds the boxes
    masks = [name for name in pair_layouts.MASK_FOLDERS if name not in ("labels", "label")]
    if not pair_layouts.pair_folders(path, masks=masks):
        return ""
    beside = next((name for name in ("usgra", "colours", "pairs") if LAYOUTS[name].fits(path)), None)
    return "" if beside is None else f"Its masks are read with --layout {beside} (data.layout in a recipe)"


def labels_of(samples: Sequence[Sample]) -> list[str]:
    """Return the labels that any sample has a mask, a box or a point of, sorted."""
    return sorted({label for one in samples for part in (one.masks, one.boxes, one.points) for label in part})


def pick_label(samples: Sequence[Sample], label: str | None, path: Path) -> tuple[list[Sample], int]:
    """Return the samples with that label alone, and how many had to be left out.

    Raises
    ------
    UnreadableFileError
        If no sample has it; the message names those there are.
    """
    known = labels_of(samples)
    if UNNAMED in known and (label is None or label not in known):
        samples = [_renamed(one, UNNAMED, label or DEFAULT_LABEL) for one in samples]
        known = labels_of(samples)
    if label is None:
        return list(samples), 0
    if label not in known:
        values = any(one.startswith("value ") for one in known)
        raise UnreadableFileError(
            f"there is no label '{label}' in it",
            path=path,
            remedy=f"Labels there are: {', '.join(known) or 'none'}"
            + ('; name values in labels.json, as in {"1": "rib"}' if values else ""),
        )
    kept = [
        replace(
            one,
            masks={key: value for key, value in one.masks.items() if key == label},
            boxes={key: value for key, value in one.boxes.items() if key == label},
            points={key: value for key, value in one.points.items() if key == label},
        )
        for one in samples
        if label in one.masks or label in one.boxes or label in one.points
    ]
    return kept, len(samples) - len(kept)


def _renamed(sample: Sample, old: str, new: str) -> Sample:
    masks = {new if key == old else key: value for key, value in sample.masks.items()}
    return replace(sample, masks=masks)


def _choose(path: Path, layout: str) -> Layout:
    if not path.exists():
        raise UnreadableFileError("there is no such file or folder", path=path, remedy="Check the name")
    if path.is_dir() and not any(not one.name.startswith(".") for one in path.iterdir()):
        raise UnreadableFileError(
            "the folder is empty", path=path, remedy="Put images and masks into it, or name another"
        )
    if layout != AUTO:
        if layout not in LAYOUTS:
            raise UnsupportedFileError(
                f"there is no layout '{layout}'", remedy=f"Layouts there are: {', '.join(LAYOUTS)}"
            )
        if not LAYOUTS[layout].fits(path):
            raise UnsupportedFileError(
                f"it does not look like the layout '{layout}' ({LAYOUTS[layout].title})", path=path
            )
        return LAYOUTS[layout]
    name = detect_layout(path)
    if name is None and path.is_file():
        raise UnsupportedFileError(
            "one file is no data set, unless it is a study or COCO annotations",
            path=path,
            remedy="Name the folder that holds it with its masks",
        )
    if name is None:
        ways = "; ".join(one.title for one in _ALL)
        raise UnsupportedFileError(
            "no known layout of images and masks was found", path=path, remedy=f"Known are: {ways}"
        )
    return LAYOUTS[name]
