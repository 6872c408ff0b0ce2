"""The history of models of a label: how good each was, which is in use, and one click to another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr, trn
from lusgui.ui.learning.parts import FoldCard, link_button, say
from lusgui.ui.learning.words import Tone, describe_gain, dice_text, frames_text
from lusgui.ui.panels.parts import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.learning.version import ModelVersion

SHOWN = 6
DEFAULT = 0
"""Stands for the default model where a version's number is wanted."""

EMPTY = (
    "Nothing was learnt for this label yet. Every model that a run makes is kept here and can be used again."
)


class VersionsCard(FoldCard):
    """One row a version, newest first, the default model last.

    Signals
    -------
    use_asked(int)
        A version shall answer; 0 is the default model.
    changes_asked(int)
        What a version changed shall be shown.
    """

    use_asked = Signal(int)
    changes_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__("Versions", "Every model learnt in this study, with its score", is_open=True)
        self.empty = hint(tr(EMPTY))
        self.add(self.empty)
        self.rows = QWidget()
        self._rows = QVBoxLayout(self.rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        self.add(self.rows)
        self.widgets: list[VersionRow] = []
        self.more = hint("")
        self.add(self.more)

    def show_versions(
        self, versions: Sequence[ModelVersion], default: str, default_dice: float | None, *, can_change: bool
    ) -> None:
        """Show the versions of a label.

        Parameters
        ----------
        versions : sequence of ModelVersion
            Newest first.
        default : str
            Name of the default model; empty where there is none.
        default_dice : float or None
            Its Dice on the frames held out last.
        can_change : bool
            Whether the study can be written.
        """
        for row in self.widgets:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        judged = next((places for version in versions if (places := _places(version))), frozenset())
        self.widgets = [
            VersionRow(version, is_comparable=_places(version) in (judged, frozenset()))
            for version in _shown(versions)
        ]
        is_default = not any(version.is_active for version in versions)
        if default and versions:
            self.widgets.append(DefaultRow(default, default_dice, is_default))
        for row in self.widgets:
            row.use.setEnabled(can_change)
            row.use_asked.connect(self.use_asked)
            row.changes_asked.connect(self.changes_asked)
            self._rows.addWidget(row)
        self.empty.setVisible(not versions)
        self.rows.setVisible(bool(versions))
        left = len(versions) - SHOWN
        say(
            self.more,
            trn(
                "{count} older version under Model ▸ Models…",
                "{count} older versions under Model ▸ Models…",
                left,
            )
            if left > 0
            else "",
        )


class VersionRow(QFrame):
    """A model: its name and score, what it learnt from, and a button to use it.

    Parameters
    ----------
    version : ModelVersion
        The model.
    is_comparable : bool
        Whether it was judged on the same frames as the newest; else its score is shown faintly, and says so.

    Signals
    -------
    use_asked(int), changes_asked(int)
        As of the card.
    """

    use_asked = Signal(int)
    changes_asked = Signal(int)

    def __init__(self, version: ModelVersion, *, is_comparable: bool = True) -> None:
        super().__init__()
        gain = describe_gain(version.dice_before, version.dice)
        score = dice_text(version.dice) if version.dice is not None else "not judged"
        self._build(version.id, version.name, score, version.is_active, _told(version))
        tip = tr("Key {key_}. {reason}", key_=version.key, reason=version.reason)
        if gain.headline and version.dice_before is not None:
            tip = tr(
                "{headline} against the model it was compared with. {tip}", headline=gain.headline, tip=tip
            )
        self.setToolTip(tip)
        self.setAccessibleName(
            tr("{name}, held-out Dice {score}, {told}", name=version.name, score=score, told=_told(version))
        )
        self.changes.setVisible(version.run_id > 0)
        if not is_comparable:
            self.score.setText(f"({score})")
            self.score.setObjectName("dim")
            self.score.setToolTip(
                tr("Judged on other frames than the newest model, so the two numbers cannot be compared")
            )
            self.score.setAccessibleName(tr("{score}, on other frames than the newest model", score=score))

    def _build(self, version_id: int, name: str, score: str, is_active: bool, told: str) -> None:
        self.setObjectName("version")
        self.setProperty("active", is_active)
        self.is_active = is_active
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 6, 5)
        column.setSpacing(1)
        top = QHBoxLayout()
        top.setSpacing(8)
        self.name = QLabel(name)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setObjectName("value" if is_active else "")
        self.name.setMinimumWidth(30)
        self.score = QLabel(score)
        self.score.setObjectName("value")
        self.score.setToolTip(tr("Mean Dice on the frames that were held out"))
        top.addWidget(self.name, 1)
        top.addWidget(self.score)
        column.addLayout(top)
        low = QHBoxLayout()
        low.setSpacing(4)
        self.told = hint(told)
        low.addWidget(self.told, 1)
        self.changes = _small(
            link_button(tr("Changes"), tr("What {name} changed on the reviewed frames", name=name))
        )
        self.changes.clicked.connect(lambda: self.changes_asked.emit(version_id))
        self.use = _small(
            link_button(tr("Use"), tr("Let {name} answer for this label from now on", name=name))
        )
        self.use.clicked.connect(lambda: self.use_asked.emit(version_id))
        self.in_use = QLabel()
        say(self.in_use, tr("in use") if is_active else "", Tone.GOOD)
        self.use.setVisible(not is_active)
        for part in (self.changes, self.use, self.in_use):
            low.addWidget(part)
        column.addLayout(low)


class DefaultRow(VersionRow):
    """The model that came with lusgui, or was set as default, as the last row.

    Parameters
    ----------
    name : str
        Of the model.
    dice : float or None
        On the frames held out last.
    is_active : bool
        Whether it answers.
    """

    def __init__(self, name: str, dice: float | None, is_active: bool) -> None:
        QFrame.__init__(self)
        self._build(DEFAULT, name, dice_text(dice), is_active, "the default model")
        self.setAccessibleName(
            tr("The default model, {name}, held-out Dice {dice}", name=name, dice=dice_text(dice))
        )
        self.changes.hide()


def _shown(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    """Return the newest versions, and the one in use wherever it stands."""
    return [version for number, version in enumerate(versions) if number < SHOWN or version.is_active]


def _places(version: ModelVersion) -> frozenset[tuple[int, int]]:
    """Return the frames that a version was judged on; empty where that is not known."""
    rows = version.scores.get("candidate")
    if not isinstance(rows, (list, tuple)):
        return frozenset()
    found = ((row.get("recording_id"), row.get("frame")) for row in rows if isinstance(row, Mapping))
    return frozenset((one, other) for one, other in found if isinstance(one, int) and isinstance(other, int))


def _told(version: ModelVersion) -> str:
    frames = version.data.get("frames")
    parts = [_when(version.created_at)]
    if isinstance(frames, int):
        parts.append(frames_text(frames))
    if version.state.value == "candidate":
        parts.append(tr("kept aside"))
    return " · ".join(part for part in parts if part)


def _when(text: str) -> str:
    """Return a time as people write it here, e.g. ``21 Nov 14:20``; empty for what is none."""
    try:
        local = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return ""
    return f"{local.day} {local:%b %H:%M}"


def _small(button: QPushButton) -> QPushButton:
    button.setObjectName("small")
    return button
