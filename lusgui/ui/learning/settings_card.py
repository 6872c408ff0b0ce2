"""How to learn: when a run starts, how long it takes, on what, in which way, of which labels together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.learning.policy import LearnPolicy
from lusgui.core.strategies import STRATEGIES
from lusgui.ui.bindings import set_quietly
from lusgui.ui.learning.parts import FoldCard
from lusgui.ui.panels.parts import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.label import Label

MODES = (
    ("manual", "Only when I press Learn"),
    ("reviewed", "After every few reviewed frames"),
    ("idle", "When I pause"),
)
DEVICES = (("auto", "Fastest there is"), ("cuda", "NVIDIA GPU"), ("mps", "Apple GPU"), ("cpu", "CPU"))
AUTO = "auto"


class SettingsCard(FoldCard):
    """A form over `LearnPolicy`; what lies outside of it holds for the next run only.

    Signals
    -------
    policy_changed(LearnPolicy)
        The person chose otherwise.
    together_changed()
        Other labels are to be learnt along.
    """

    policy_changed = Signal(object)
    together_changed = Signal()

    def __init__(self) -> None:
        super().__init__("How to learn", "When a run starts, how long it takes, on what", is_open=False)
        self._policy = LearnPolicy()
        self.mode = _combo(
            "When a run starts", "By hand, by itself after some frames, or when you pause", MODES
        )
        self.every = _number(1, 500, "Reviewed frames from one run to the next", " frames")
        self.idle = _number(1, 240, "Minutes without a gesture before a run starts", " min")
        self.add_row("Start", self.mode).setStretch(1, 1)
        self.every_row = self._line("every", self.every)
        self.idle_row = self._line("after", self.idle)
        self.minutes = _number(0, 600, "Longest time that a run takes", " min")
        self.minutes.setSpecialValueText(tr("as it needs"))
        self.minutes.setToolTip(
            tr("A run with less time learns in fewer steps; “as it needs” goes by the number of masks")
        )
        self.add_row("Time", self.minutes, None)
        self.device = _combo(
            "Where the training computes",
            "A graphics card is several times faster, where there is one",
            DEVICES,
        )
        self.add_row("Run on", self.device).setStretch(1, 1)
        titles = ((AUTO, "Automatic, by number of masks"), *((s.name, s.title) for s in STRATEGIES.values()))
        self.strategy = _combo(
            "Strategy", "Which part of the network learns; automatic is right unless you know better", titles
        )
        self.strategy.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.strategy.setMinimumContentsLength(12)
        self.strategy.view().setMinimumWidth(380)
        self.add_row("Strategy", self.strategy).setStretch(1, 1)
        self.promotes = QCheckBox("Use a better model by itself")
        self.promotes.setToolTip(
            tr(
                "A new model takes over if it is not worse on held-out frames. Off: it waits until you say"
                " so."
            )
        )
        self.add(self.promotes)
        self.together = QWidget()
        self._together = QVBoxLayout(self.together)
        self._together.setContentsMargins(0, 0, 0, 0)
        self._together.setSpacing(2)
        self._boxes: dict[str, QCheckBox] = {}
        self.add(self.together)
        self.note = hint(
            tr(
                "A run always starts from the default model and learns all your reviewed frames, so it"
                " never drifts away from run to run."
            )
        )
        self.add(self.note)
        for combo in (self.mode, self.device, self.strategy):
            combo.activated.connect(lambda _index: self._chosen())
        for box in (self.every, self.idle, self.minutes):
            box.valueChanged.connect(lambda _value: self._chosen())
        self.promotes.toggled.connect(lambda _on: self._chosen())
        self.show_policy(self._policy, can_change=False)

    def _line(self, text: str, box: QSpinBox) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        gap, label = QLabel(), QLabel(text)
        gap.setFixedWidth(72)
        label.setObjectName("dim")
        row.addWidget(gap)
        row.addWidget(label)
        row.addWidget(box)
        row.addStretch(1)
        self.add(line)
        return line

    def show_policy(self, policy: LearnPolicy, *, can_change: bool) -> None:
        """Show what the study says."""
        self._policy = policy
        for combo, value in (
            (self.mode, policy.mode),
            (self.device, policy.device),
            (self.strategy, policy.strategy),
        ):
            set_quietly(combo, combo.setCurrentIndex, max(combo.findData(value), 0))
        set_quietly(self.every, self.every.setValue, policy.every)
        set_quietly(self.idle, self.idle.setValue, max(round(policy.idle_s / 60), 1))
        set_quietly(self.minutes, self.minutes.setValue, round(policy.minutes or 0))
        set_quietly(self.promotes, self.promotes.setChecked, policy.promotes_itself)
        self.every_row.setVisible(policy.mode == "reviewed")
        self.idle_row.setVisible(policy.mode == "idle")
        self.body.setEnabled(can_change)

    def show_labels(self, labels: Sequence[Label], present: str) -> None:
        """Offer the further labels that could be learnt by the same network."""
        chosen = set(self.further())
        for box in self._boxes.values():
            self._together.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes.clear()
        for label in labels:
            if label.key == present:
                continue
            box = QCheckBox(tr("Learn {name} in the same run", name=label.name))
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # made later than `calm_focus` looks
            box.setToolTip(
                tr(
                    "One network for both, from frames reviewed for either; {name} then takes part in the"
                    " verdict",
                    name=label.name,
                )
            )
            box.setChecked(label.key in chosen)
            box.toggled.connect(lambda _on: self.together_changed.emit())
            self._together.addWidget(box)
            self._boxes[label.key] = box
        self.together.setVisible(bool(self._boxes))

    def further(self) -> tuple[str, ...]:
        """Return the keys of the labels to be learnt along."""
        return tuple(key for key, box in self._boxes.items() if box.isChecked())

    def _chosen(self) -> None:
        minutes = self.minutes.value()
        mode = self.mode.currentData()
        idle = 60.0 * self.idle.value()
        policy = replace(
            self._policy,
            mode=mode,
            every=self.every.value(),
            idle_s=idle if round(self._policy.idle_s / 60) != self.idle.value() else self._policy.idle_s,
            minutes=float(minutes) if minutes else None,
            device=self.device.currentData(),
            strategy=self.strategy.currentData(),
            promotes_itself=self.promotes.isChecked(),
        )
        self.show_policy(policy, can_change=True)
        self.policy_changed.emit(policy)


def _combo(name: str, tooltip: str, items: Sequence[tuple[str, str]]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tooltip)
    for key, title in items:
        combo.addItem(tr(title), key)
    return combo


def _number(low: int, high: int, name: str, suffix: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setSuffix(tr(suffix))
    box.setAccessibleName(tr(name))
    box.setToolTip(tr(name))
    box.setKeyboardTracking(False)
    box.setFixedWidth(112)
    return box
