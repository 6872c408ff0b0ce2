"""Everything about a run for those who want to know: device, speed, memory, how it is judged, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QPlainTextEdit, QWidget

from lusgui.base.translate import tr
from lusgui.core.learning.status import LEAVE_ONE_OUT
from lusgui.core.strategies import STRATEGIES
from lusgui.ui.learning.parts import FoldCard
from lusgui.ui.learning.words import duration, memory_text
from lusgui.ui.panels.parts import hint

if TYPE_CHECKING:
    from lusgui.core.learning.status import LearnStatus

LOG_HEIGHT = 110
ROWS = (
    ("device", "Runs on", "Where the training computes; chosen under How to learn"),
    ("strategy", "Strategy", "Which part of the network learns"),
    ("progress", "Step", "How many batches it has learnt of how many it will"),
    ("speed", "Speed", "Frames learnt a second, augmented views included"),
    ("memory", "Memory", "Held by the training process; free again when it ends"),
    ("frames", "Frames", "Learnt from, and held out to judge on"),
    ("time", "Time", "Since the training process began"),
)


class DetailsCard(FoldCard):
    """A small table and the log; folded away until somebody asks."""

    def __init__(self) -> None:
        super().__init__("Details", "Device, speed, memory, how it is judged, log", is_open=False)
        table = QWidget()
        form = QFormLayout(table)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(4)
        self.values: dict[str, QLabel] = {}
        for key, title, tooltip in ROWS:
            name, value = QLabel(title), QLabel("–")
            name.setObjectName("dim")
            value.setWordWrap(True)
            value.setAccessibleName(title)
            for label in (name, value):
                label.setToolTip(tooltip)
                label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            form.addRow(name, value)
            self.values[key] = value
        self.add(table)
        self.how = hint("")
        self.how.setAccessibleName(tr("How it is judged"))
        self.add(self.how)
        self.log = QPlainTextEdit()
        self.log.setObjectName("log")
        self.log.setReadOnly(True)
        self.log.setFixedHeight(LOG_HEIGHT)
        self.log.setAccessibleName(tr("Log of the run"))
        self.log.setToolTip(tr("What the training process says"))
        self.log.setPlaceholderText(tr("The log of a run comes here."))
        self.log.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.log.setTabChangesFocus(True)
        self._shown: tuple[str, ...] = ()
        self.add(self.log)
        self._status: LearnStatus | None = None
        self.folded.connect(lambda _open: self._draw())

    def show_status(self, status: LearnStatus) -> None:
        """Show a run, where the card is unfolded."""
        self._status = status
        if self.is_open:
            self._draw()

    def _draw(self) -> None:
        status = self._status
        if status is None or not self.is_open:
            return
        strategy = STRATEGIES.get(status.strategy)
        told = {
            "device": _device(status.device),
            "strategy": ": ".join(
                part
                for part in (strategy.title if strategy else status.strategy, status.strategy_why)
                if part
            ),
            "progress": tr("{step} of {steps}", step=_step(status), steps=status.steps)
            if status.steps
            else "",
            "speed": _speed(status.images_per_s) if status.images_per_s else "",
            "memory": self._memory(status),
            "frames": _frames(status),
            "time": duration(status.seconds) if status.seconds else "",
        }
        for key, text in told.items():
            self.values[key].setText(text or "–")
        self.how.setText(status.held_out_how)
        self.how.setVisible(bool(status.held_out_how))
        self._draw_log(status.log)

    @staticmethod
    def _memory(status: LearnStatus) -> str:
        if status.memory_mb is None:
            return ""
        here = memory_text(status.memory_mb)
        if not status.gpu_memory_mb:
            return here
        return tr("{memory}, {gpu} on the GPU", memory=here, gpu=memory_text(status.gpu_memory_mb))

    def _draw_log(self, lines: tuple[str, ...]) -> None:
        if lines == self._shown:
            return
        self._shown = lines
        bar = self.log.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 4
        place = bar.value()
        self.log.setPlainText("\n".join(lines))
        bar.setValue(bar.maximum() if is_at_end else place)


def _speed(images_per_s: float) -> str:
    figure = f"{images_per_s:.{1 if images_per_s < 10 else 0}f}"
    return tr("{figure} frames/s", figure=figure)


def _frames(status: LearnStatus) -> str:
    if not status.frames:
        return ""
    if status.held_out_kind == LEAVE_ONE_OUT:
        return tr("{frames} learnt, each left out in turn to judge", frames=status.frames)
    return tr(
        "{frames} learnt, {held_out_frames} held out",
        frames=status.frames,
        held_out_frames=status.held_out_frames,
    )


def _step(status: LearnStatus) -> int:
    """Return how many batches were learnt; other phases count something else."""
    if status.phase == "learning" or not status.loss_curve:
        return status.step
    return status.loss_curve[-1][0]


def _device(text: str) -> str:
    """Return what people call a device: ``cpu (CPU, 1 thread)`` says it twice."""
    kind, _, name = text.partition(" (")
    return name.removesuffix(")") if name and kind in ("cpu", "cuda", "mps") else text
