"""Two models side by side on the same held-out frames of the open study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.errors import LearnError
from lusgui.core.learning.gate import GateDecision, decide
from lusgui.core.learning.scores import FrameScore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lusgui.core.learning.version import ModelVersion
    from lusgui.session.model_rows import ModelRow

Place = tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """What two models scored on the frames that both were judged on.

    Parameters
    ----------
    label : str
        Of what.
    frames : tuple of (recording id, frame), score of the first, score of the second
        In order.
    decision : GateDecision or None
        ``before`` is the first model, ``after`` the second; None without such frames.
    how : tuple of str
        How the frames were held out; more than one where the two were not judged in one run.
    """

    label: str
    frames: tuple[tuple[Place, FrameScore, FrameScore], ...] = ()
    decision: GateDecision | None = None
    how: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """What it says, in a sentence or two."""
        found = self.decision
        if found is None or found.dice_before is None or found.dice_after is None:
            return ""
        gain = found.dice_after - found.dice_before
        interval = found.dice_difference_interval
        # an interval that holds 0 does not tell the two apart
        if interval is None or interval[0] <= 0 <= interval[1]:
            words = "These frames do not tell the two apart"
        else:
            words = (
                "The second is better on these frames" if gain > 0 else "The first is better on these frames"
            )
        ends = "" if interval is None else f" (95 % interval {interval[0]:+.2f} to {interval[1]:+.2f})"
        return (
            f"{words}: Dice {found.dice_before:.2f} and {found.dice_after:.2f}, difference {gain:+.2f}{ends}."
        )


def compare(
    first: ModelRow,
    second: ModelRow,
    label: str,
    versions: Sequence[ModelVersion] = (),
    judged: Mapping[str, Sequence[FrameScore]] | None = None,
) -> Comparison:
    """Compare two models on the held-out frames of one label.

    Parameters
    ----------
    first, second : ModelRow
        The models.
    label : str
        Of what.
    versions : sequence of ModelVersion
        All of the study: each holds the scores of the models that it was compared with, too.
    judged : mapping of str to sequence of FrameScore, optional
        What was judged on request, by key; where both models were, only that counts.
    """
    known = scores_by_model([*versions, *first.versions, *second.versions], label)
    if judged is not None and first.key in judged and second.key in judged:
        known = {
            key: {
                (row.recording_id, row.frame): row
                for row in rows
                if row.label == label and row.dice is not None
            }
            for key, rows in judged.items()
        }
    one, other = known.get(first.key, {}), known.get(second.key, {})
    places = sorted(set(one) & set(other))
    if not places:
        return Comparison(label)
    frames = tuple((place, one[place], other[place]) for place in places)
    how = dict.fromkeys(
        str(version.data.get("held_out_how", ""))
        for row in (first, second)
        if (version := row.version_of(label)) is not None
    )
    decision = decide([frame[2] for frame in frames], [frame[1] for frame in frames])
    return Comparison(label, frames, decision, tuple(text for text in how if text))


def scores_by_model(versions: Iterable[ModelVersion], label: str) -> dict[str, dict[Place, FrameScore]]:
    """Return the scores that versions of a study hold, by key of the model and place; the newest count."""
    found: dict[str, dict[Place, FrameScore]] = {}
    for version in sorted({one.id: one for one in versions}.values(), key=lambda one: one.id):
        if version.label != label:
            continue
        keys = {
            "base": version.parent_key,
            "active": str(version.data.get("active_key", "")),
            "candidate": version.key,
        }
        for name, key in keys.items():
            if key:
                found.setdefault(key, {}).update(_rows(version.scores, name, label))
    return found


def _rows(scores: Mapping[str, object], name: str, label: str) -> dict[Place, FrameScore]:
    values = scores.get(name)
    rows: dict[Place, FrameScore] = {}
    for value in values if isinstance(values, (list, tuple)) else ():
        try:
            row = FrameScore.from_json(value)
        except LearnError:
            continue  # of a later lusgui, or damaged: the others still count
        if row.label == label and row.dice is not None:
            rows[row.recording_id, row.frame] = row
    return rows
