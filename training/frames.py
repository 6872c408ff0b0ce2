"""Real frames, as a model wants them, to check a model on: no masks are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard

SAMPLES = ("lung_linear_v5.mat", "fetal_cerebellum.png")
"""The recordings that come with the program."""


def frames_of(
    card: ModelCard, data: Path, groups: Collection[str] = (), most: int | None = None, layout: str = "auto"
) -> list[NDArray[Any]]:
    """Return gray frames of a data set, filtered as the model wants them.

    Parameters
    ----------
    card : ModelCard
        Says the filter and the log compression.
    data : Path
        In any layout of `training.data.open`.
    groups : collection of str
        Only these recordings or patients; all if empty.
    most : int, optional
        At most so many, evenly spread over the data set.
    layout : str
        Of the folder, if not recognised.

    Returns
    -------
    list of (H, W) float32 ndarray in [0, 1]
        In the order of the data set, at least one.

    Raises
    ------
    LusguiError
        If a group is not among the data; the message names those there are. As `read_dataset` else.
    """
    from lusgui.core.pipeline import gray_frame
    from training.data.open import read_dataset
    from training.dataset import groups_of

    samples = read_dataset(data, None, layout).samples
    known = groups_of(samples)
    for group in groups:
        if group not in known:
            cause = f"there is no group '{group[:60]}' in the data"
            raise LusguiError(cause, path=data, remedy=f"Known: {', '.join(known)}")
    chosen = [sample for sample in samples if not groups or sample.group in groups]
    if most is not None and len(chosen) > most:
        chosen = [chosen[i * len(chosen) // most] for i in range(most)]
    settings = card.despeckle_settings
    return [gray_frame(one.frame, card.mapping_for(one.mapping), settings) for one in chosen]


def sample_frames(card: ModelCard) -> list[NDArray[Any]]:
    """Return one gray frame (H, W) in [0, 1] of each recording that comes with the program."""
    from lusgui.base.paths import resources_dir
    from lusgui.core.intensity import measure_mapping
    from lusgui.core.pipeline import gray_frame
    from lusgui.io.open import open_recording

    grays = []
    for name in SAMPLES:
        recording = open_recording(resources_dir() / "samples" / name)
        try:
            mapping = card.mapping_for(measure_mapping(recording))
            grays.append(gray_frame(recording.frame(0), mapping, card.despeckle_settings))
        finally:
            recording.close()
    return grays
