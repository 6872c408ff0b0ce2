"""Every model there is, as the model manager lists them: of this study, one's own, those that came along."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.base.errors import ModelError
from lusgui.base.translate import tr, trn
from lusgui.core.model_card import ModelCard
from lusgui.core.model_words import describe_score

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.learning.version import ModelVersion
    from lusgui.session.session import Session


class Origin(StrEnum):
    """Where a model comes from."""

    STUDY = "study"
    OWN = "own"
    BUNDLED = "bundled"


@dataclass(frozen=True)
class ModelRow:
    """One model.

    Parameters
    ----------
    origin : Origin
        Where it comes from.
    name : str
        What people read.
    key : str
        ``ModelCard.key``; empty for a file that cannot be read.
    labels : tuple of str
        What it finds.
    path : Path or None
        Its file; None where that is missing.
    card : ModelCard or None
        None where it cannot be read.
    versions : tuple of ModelVersion
        Of this study: one a label, all with this file; empty for other models.
    answers_for : tuple of str
        Labels for which it answers now.
    default_for : tuple of str
        Labels for which the person set it as default.
    problem : str
        Why it cannot be used for masks; empty otherwise.
    """

    origin: Origin
    name: str
    key: str
    labels: tuple[str, ...]
    path: Path | None
    card: ModelCard | None
    versions: tuple[ModelVersion, ...] = ()
    answers_for: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()
    problem: str = ""

    @property
    def id(self) -> str:
        """Name of the row that stays the same when the list is made anew."""
        return f"{self.origin}:{self.key or self.path}"

    @property
    def can_be_used(self) -> bool:
        """Whether it can answer."""
        return self.card is not None and self.path is not None and not self.problem

    def version_of(self, label: str) -> ModelVersion | None:
        """Return its version for a label, or None."""
        return next((one for one in self.versions if one.label == label), None)

    def dice(self, label: str) -> float | None:
        """Return the mean Dice on this study's held-out frames, where it was learnt here."""
        version = self.version_of(label)
        return None if version is None else version.dice

    def describe_data(self) -> str:
        """Return what it learnt from in this study; empty for models of elsewhere."""
        data = self.versions[0].data if self.versions else {}
        frames, recordings = data.get("frames"), data.get("recordings")
        if not isinstance(frames, int) or not isinstance(recordings, int):
            return ""
        return tr(
            "Learnt from {frames} of {recordings} of this study.",
            frames=trn("{count} frame", "{count} frames", frames),
            recordings=trn("{count} recording", "{count} recordings", recordings),
        )

    def describe_score(self, label: str, *, is_short: bool = False) -> str:
        """Return its score for a label in one line; empty where nobody judged it."""
        version = self.version_of(label)
        if version is not None and version.dice is not None:
            before = version.dice_before
            if is_short:
                short = "Dice {dice:.2f}" if before is None else "Dice {dice:.2f} (before: {before:.2f})"
                return tr(short, dice=version.dice, before=before)
            words = "Dice {dice:.2f} on this study's held-out frames"
            if before is not None:
                words = "Dice {dice:.2f} on this study's held-out frames (the model before: {before:.2f})"
            return tr(words, dice=version.dice, before=before)
        return "" if self.card is None else describe_score(self.card, label)


def model_rows(session: Session) -> list[ModelRow]:
    """Return the models of the study (newest first), then the person's own, then those that came along."""
    from lusgui.io.model_defaults import read_defaults
    from lusgui.io.models import list_models

    defaults = read_defaults()
    answering = {
        label.key: model.version for label in session.labels if (model := session.active_model(label.key))
    }
    rows = _of_the_study(session, answering, defaults)
    for entry in list_models():
        origin = Origin.BUNDLED if entry.is_bundled else Origin.OWN
        card = entry.card
        if card is None:
            rows.append(ModelRow(origin, entry.path.name, "", (), entry.path, None, problem=entry.problem))
            continue
        rows.append(
            ModelRow(
                origin,
                f"{card.name} {card.version}",
                card.key,
                card.labels,
                entry.path,
                card,
                answers_for=_labels_with(answering, card.key),
                default_for=_labels_with(defaults, card.key),
                problem=entry.problem,
            )
        )
    return rows


def _of_the_study(session: Session, answering: dict[str, str], defaults: dict[str, str]) -> list[ModelRow]:
    if session.study is None:
        return []
    found: dict[tuple[str, str], list[ModelVersion]] = {}
    with session.guarded("The models of the study cannot be read"):
        for version in session.study.versions.all():
            found.setdefault((version.key, version.path), []).append(version)
    rows = []
    for (key, _), versions in found.items():
        first = versions[0]
        path = session.models.path(first)
        card, problem = None, ""
        try:
            card = ModelCard.from_json(dict(first.card))
        except ModelError as error:
            problem = error.message
        if path is None:
            problem = "its file is missing or damaged: put the study's folder of models back, or learn anew"
        elif card is not None and card.task != "segment":
            problem = "it helps others to learn and draws no masks itself"
        rows.append(
            ModelRow(
                Origin.STUDY,
                first.name,
                key,
                first.labels,
                path,
                card,
                versions=tuple(versions),
                answers_for=_labels_with(answering, key),
                default_for=_labels_with(defaults, key),
                problem=problem,
            )
        )
    return rows


def _labels_with(chosen: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(label for label, wanted in chosen.items() if wanted == key)
