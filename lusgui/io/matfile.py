"""Open a MAT-file of any version as a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import CancelledError, LusguiError, NotAnImageError, UnreadableFileError
from lusgui.core.progress import no_progress
from lusgui.core.recording import Candidate, Intensity, Provenance, Recording
from lusgui.io.mat_choice import Choice, by_name, list_choices
from lusgui.io.mat_frames import MatSource, find_empty
from lusgui.io.mat_intensity import IntensityGuess, guess_intensity, looks_like_rf
from lusgui.io.mat_refusals import refuse
from lusgui.io.memory import refuse_too_large
from lusgui.io.verasonics import Settings, read_settings, ring_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.io.mat_node import MatTree

MAX_FRAMES = 1_000_000
_NATIVE = ("ImgData", "ImgDataP")


@dataclass
class OpenedMat:
    """A listed file and how to release it."""

    tree: MatTree
    close: Callable[[], None]


def list_variables(path: Path) -> OpenedMat:
    """List the variables of a MAT-file of any version; nothing large is read.

    Raises
    ------
    UnreadableFileError
        If the file is damaged, cut short or no MAT-file.
    """
    from lusgui.io.mat4 import header_order, list_mat4
    from lusgui.io.mat5 import is_mat5, list_mat5

    try:
        with path.open("rb") as stream:
            head = stream.read(128)
        from lusgui.io.mat73 import is_mat73, open_mat73

        if is_mat73(path):
            tree, file = open_mat73(path)
            return OpenedMat(tree, file.close)
        opened = path.open("rb")
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    try:
        if is_mat5(head):
            return OpenedMat(list_mat5(path, opened), opened.close)
        if header_order(head) is not None:
            return OpenedMat(list_mat4(path, opened), opened.close)
    except BaseException:
        opened.close()
        raise
    opened.close()
    raise UnreadableFileError(
        "this is no MAT-file, or its beginning is damaged",
        path=path,
        remedy="Save it again in MATLAB",
    )


def open_matfile(
    path: Path,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    *,
    memory_limit_bytes: int | None = None,
) -> Recording:
    """Open a MAT-file (v4, v5, v6, v7, v7.3) as a recording.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe, optional
        Choices that overrule what is found.
    progress : Progress, optional
        Told how far inflating is; may raise ``CancelledError``.
    memory_limit_bytes : int, optional
        Most that may be allocated; by default a share of what is free.

    Returns
    -------
    Recording
        Frames are read one by one, except where a compressed v7 variable has to be inflated.

    Raises
    ------
    LusguiError
        If nothing in the file is an image, if it cannot fit, or if it is damaged.
    """
    opened = list_variables(path)
    try:
        # Damaged numbers may be NaN or overflow: that is for the display to bear, not for warnings.
        with np.errstate(all="ignore"):
            return _open(opened, path, recipe, progress or no_progress, memory_limit_bytes)
    except BaseException:
        opened.close()
        raise


def _open(
    opened: OpenedMat, path: Path, recipe: Recipe | None, progress: Progress, limit: int | None
) -> Recording:
    tree = opened.tree
    settings = read_settings(tree)
    notes = list(tree.warnings)
    choices = list_choices(tree, settings.pixel_size)
    if recipe is not None and recipe.variable is not None:
        named = by_name(tree, recipe.variable, settings.pixel_size)
        if named is None:
            refuse(path, tree, choices, recipe.variable)
        if named.role in ("channel", "volume") and recipe.intensity is None and recipe.axes is None:
            refuse(path, tree, [named], recipe.variable)
        queue = [named]
    else:
        queue = [choice for choice in choices if choice.score > 0 and not choice.problem]
        queue = [choice for choice in queue if choice.role not in ("channel", "volume")]
    if not queue:
        refuse(path, tree, choices, None)
    source, choice, empty = _first_filled(opened, path, queue, recipe, progress, limit, notes)
    frames, rows, cols = choice.lengths()
    samples, guess, is_rf = _judge(source, choice, frames, empty, notes)
    stated = recipe.intensity if recipe is not None else None
    stated = stated or _own_intensity(tree, choice)
    if stated is not None:
        guess = _overruled(guess, stated, samples)
    elif not guess.is_sure:
        notes.append(
            f"The amplitude state '{guess.intensity}' was guessed from {guess.reason}; say so if it is wrong."
        )
    if settings.spacing_mm is None and not settings.is_polar and recipe_spacing(recipe) is None:
        settings = _from_companion(path, settings, (rows, cols), tree)
    order = ring_order(tree, choice.path, frames)
    if order is not None:
        source.reorder(order)
        notes.append(f"The ring buffer was put in order: frame 1 is slot {order[0] + 1}.")
        empty = frozenset(place for place, slot in enumerate(order) if slot in empty)
    if empty:
        notes.append(f"{len(empty)} of {frames} frames hold only zeros: slots that were never filled.")
    if settings.pixel_size not in (None, (rows, cols)):
        # Several image buffers have several grids; the structs say which is whose by size.
        settings = read_settings(tree, (rows, cols))
    spacing, rate = settings.spacing_mm, settings.frame_rate_hz
    if settings.pixel_size is not None and spacing is not None and settings.pixel_size != (rows, cols):
        notes.append(
            f"PData describes {settings.pixel_size[0]} x {settings.pixel_size[1]} pixels, but '{choice.path}'"
            f" has {rows} x {cols}: its spacing was not taken."
        )
        spacing = None
    if recipe is not None:
        spacing = None if recipe.spacing_unknown else (recipe.spacing_mm or spacing)
        rate = recipe.frame_rate_hz or rate
    notes.extend(settings.warnings)
    if spacing is None:
        notes.append("The pixel spacing is not known; sizes are in pixels until you state it.")
    return Recording(
        source=source,
        shape=(frames, rows, cols),
        dtype=samples[0].dtype if samples else choice.dtype,
        intensity=guess.intensity,
        provenance=Provenance(path, choice.path, tree.container),
        spacing_mm=spacing,
        frame_rate_hz=rate,
        frame_numbers=choice.numbers or tuple(slot + 1 for slot in order or ()),
        empty_frames=empty,
        candidates=candidates_of(choices, choice, guess),
        warnings=tuple(dict.fromkeys([*choice.remarks, *notes])),
        value_range=guess.value_range,
        extra={"axes": choice.axes, "matlab_shape": choice.shape, "is_envelope": is_rf},
    )


def recipe_spacing(recipe: Recipe | None) -> tuple[float, float] | bool | None:
    """Return what a recipe says about spacing; None if nothing."""
    if recipe is None:
        return None
    return recipe.spacing_mm or (recipe.spacing_unknown or None)


def _first_filled(
    opened: OpenedMat,
    path: Path,
    queue: list[Choice],
    recipe: Recipe | None,
    progress: Progress,
    limit: int | None,
    notes: list[str],
) -> tuple[MatSource, Choice, frozenset[int]]:
    """Return the first choice that holds more than zeros; the first at all where none does."""
    first: tuple[MatSource, Choice, frozenset[int]] | None = None
    for choice in queue:
        if recipe is not None and recipe.axes is not None:
            _take_axes(choice, recipe.axes, path)
        try:
            found = _prepare(opened, path, choice, progress, limit)
        except CancelledError:
            raise
        except LusguiError as error:
            if first is None:
                raise
            notes.append(f"{error.cause[:1].upper()}{error.cause[1:]} in '{choice.path}'.")
            continue
        if len(found[2]) < choice.lengths()[0]:
            if first is not None:
                notes.append(f"'{first[1].path}' holds only zeros, so '{choice.path}' was taken.")
            return found
        first = first or found
    if first is None:
        raise NotAnImageError("nothing in it could be read as an image", path=path)
    return first


def _prepare(
    opened: OpenedMat, path: Path, choice: Choice, progress: Progress, limit: int | None
) -> tuple[MatSource, Choice, frozenset[int]]:
    frames, rows, cols = choice.lengths()
    if choice.problem:
        raise UnreadableFileError(
            choice.problem,
            path=path,
            variable=choice.path,
            shape=choice.shape,
            remedy="Save the file again",
        )
    refuse_too_large(rows * cols * 16, limit, path=path, variable=choice.path, shape=choice.shape)
    if frames > MAX_FRAMES:
        raise UnreadableFileError(
            f"it claims {frames} frames", path=path, variable=choice.path, shape=choice.shape
        )
    arrays = [node.array for node in choice.nodes if node.array is not None]
    for array in arrays:
        array.prepare(progress, limit)
    source = MatSource(choice, tuple(range(frames)), opened.close)
    every = all(array.frames_are_cheap() for array in arrays)
    return source, choice, find_empty(source, frames, every=every)


def _take_axes(choice: Choice, axes: str, path: Path) -> None:
    shape = choice.nodes[0].shape
    fitted = axes if choice.role != "cell" else axes.replace("t", "")
    # MATLAB drops ones at the end of a shape, so a file of one frame may lack the frame axis.
    while len(fitted) > len(shape) and fitted[-1] in "t1":
        fitted = fitted[:-1]
    if len(fitted) != len(shape) or any(
        letter == "1" and length != 1 for letter, length in zip(fitted, shape, strict=False)
    ):
        raise NotAnImageError(
            f"the recipe's axes '{axes}' do not fit",
            path=path,
            variable=choice.path,
            shape=shape,
            remedy="Name each axis once: h rows, w columns, t frames, 1 for length one",
        )
    choice.axes = fitted
    if choice.role == "volume":
        choice.role = "image"


def _judge(
    source: MatSource, choice: Choice, frames: int, empty: frozenset[int], notes: list[str]
) -> tuple[list[NDArray[np.generic]], IntensityGuess, bool]:
    """Look at up to three filled frames: RF lines or not, and their amplitude state."""
    filled = [index for index in range(frames) if index not in empty] or [0]
    # Big files pay for every look, and one frame tells nearly as much as three.
    looks = 3 if all(node.array and node.array.frames_are_cheap() for node in choice.nodes) else 1
    chosen = sorted({filled[place] for place in np.linspace(0, len(filled) - 1, looks).round().astype(int)})
    raw = [source.read_raw(index) for index in chosen]
    is_rf = choice.role == "rf"
    if choice.role == "image" and choice.dtype.kind in "fi" and not is_rf and looks_like_rf(raw[0]):
        is_rf = True
        notes.append(f"'{choice.path}' swings about zero like RF lines, so its envelope is shown.")
    source.is_envelope = is_rf
    samples = [source.finish(frame) for frame in raw]
    if is_rf:
        return samples, IntensityGuess(Intensity.LINEAR, None, "the envelope of RF lines"), True
    if choice.role == "pair":
        return samples, IntensityGuess(Intensity.LINEAR, None, "the magnitude of I and Q"), False
    is_native = any(choice.nodes[0].name == name for name in _NATIVE)
    return samples, guess_intensity(choice.dtype, samples, is_native=is_native), False


def _overruled(guess: IntensityGuess, state: Intensity, samples: list[NDArray[np.generic]]) -> IntensityGuess:
    """Return the state that the person stated, with the range if the guess knew one for it."""
    if guess.intensity is state:
        return IntensityGuess(state, guess.value_range, "stated")
    if state is Intensity.DISPLAY:
        from lusgui.io.pixels import guess_range

        return IntensityGuess(state, guess_range(samples[0].dtype, samples), "stated")
    return IntensityGuess(state, None, "stated")


def _own_intensity(tree: MatTree, choice: Choice) -> Intensity | None:
    """Return the amplitude state that our own export wrote beside the frames."""
    provenance = tree.variable("provenance")
    if choice.path != "despeckled" or provenance is None:
        return None
    state = provenance.get("intensity")
    text = None if state is None else state.text()
    return Intensity(text) if text in tuple(Intensity) else None


def _from_companion(path: Path, own: Settings, size: tuple[int, int], tree: MatTree) -> Settings:
    """Return the settings of a setup file in the same folder if it describes this grid."""
    from lusgui.io.companion import find_companion

    if tree.struct("PData") is not None:
        return own
    found = find_companion(path, size)
    if found is None:
        return own
    companion, settings = found
    settings.frame_rate_hz = own.frame_rate_hz or settings.frame_rate_hz
    settings.warnings = [*own.warnings, f"The spacing was read from '{companion.name}'.", *settings.warnings]
    return settings


def candidates_of(choices: list[Choice], chosen: Choice, guess: IntensityGuess) -> tuple[Candidate, ...]:
    """Return the choices for people to see, best first; only the chosen one has been looked into."""
    found = []
    for choice in choices:
        frames, rows, cols = choice.lengths()
        is_chosen = choice.path == chosen.path
        state = guess.intensity if is_chosen else _likely_state(choice)
        found.append(
            Candidate(
                choice.path,
                choice.shape,
                str(choice.dtype),
                frames,
                rows,
                cols,
                state,
                choice.score,
                choice.reason,
            )
        )
    return tuple(found)


def _likely_state(choice: Choice) -> Intensity:
    """Return the state that name and type suggest, without reading."""
    if choice.dtype == np.uint8 or choice.dtype.kind == "b":
        return Intensity.DISPLAY
    return Intensity.LINEAR
