"""Learn a study's frames on top of a model: what every run in the background comes down to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.learning.settings import LearnSettings
from training.learning.tuner import Tuned, Tuner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample

__all__ = ["LearnSettings", "Tuned", "Tuner", "tune"]


def tune(
    base: LoadedModel,
    learned: Sequence[Sample],
    settings: LearnSettings | None = None,
    *,
    labels: Sequence[str] | None = None,
    held: Sequence[Sample] = (),
    replay: Sequence[Sample] = (),
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Path | None = None,
) -> Tuned:
    """Learn frames on top of a model, which is left as it is.

    Parameters
    ----------
    base : LoadedModel
        A model that gives masks.
    learned : sequence of Sample
        Frames to learn. A label that a frame's masks lack was not looked for and costs nothing there; an
        empty mask says that there is nothing. Pixels of `Sample.ignored` or of a mask called ``ignore``
        carry no loss. `Sample.group` is the recording: recordings are drawn evenly.
    settings : LearnSettings, optional
        How.
    labels : sequence of str, optional
        What is learnt; all labels of the frames' masks if left out. A base that knows none of them is given
        a new head; one that knows some keeps its outputs.
    held : sequence of Sample
        Frames that are only judged, on the way and for the temperature.
    replay : sequence of Sample
        Frames of the base's own learning, mixed in against forgetting.
    on_epoch : callable, optional
        Told each row of the history.
    on_step : callable, optional
        Told the step, of how many (0 while that is not known), and its loss.
    stop : callable, optional
        Asked before each batch; true ends learning with what there is.
    keep : Path, optional
        File in which the state is kept, so that the same call goes on after a kill.

    Returns
    -------
    Tuned

    Raises
    ------
    TrainingError
        If there is nothing to learn, memory does not suffice, or the loss ceases to be a number.
    ModelError
        If base, label and strategy do not fit together.
    """
    tuner = Tuner(base, learned, settings or LearnSettings(), labels=labels, replay=replay)
    return tuner.fit(held=held, on_epoch=on_epoch, on_step=on_step, stop=stop, keep=keep)
