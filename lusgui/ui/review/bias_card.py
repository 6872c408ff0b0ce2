"""Does the model draw the hand towards it? A switch, the share of frames, and the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSpinBox

from lusgui.base.translate import tr
from lusgui.core.bias_guard import LEAST_FRAMES
from lusgui.session.bias_guard import LEAST, MOST
from lusgui.ui.bindings import set_quietly
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from lusgui.core.bias_guard import BiasReport
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

ABOUT = (
    "Who sees a proposal may draw towards it. On frames drawn by lot the model's mask is not shown; what you"
    " draw there is compared with the rest."
)


class BiasCard(Card):
    """The bias guard of the study.

    Parameters
    ----------
    session : Session
        Whose masks.
    actions : Actions
        For the switch.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Bias guard")
        self._session = session
        self.switch = action_button(actions["review.bias_guard"], text=True)
        self.add(self.switch)
        self.share = QSpinBox()
        self.share.setRange(round(100 * LEAST), round(100 * MOST))
        self.share.setSingleStep(5)
        self.share.setSuffix(" %")
        self.share.setKeyboardTracking(False)
        self.share.setAccessibleName(tr("Share of frames without the model"))
        self.share.setToolTip(tr("On so many frames of a hundred the model's mask is withheld"))
        self.share.valueChanged.connect(lambda value: session.bias_guard.set_share(value / 100))
        self.add_row(tr("Withheld on"), self.share, None)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAccessibleName(tr("Frames with and without the model compared"))
        self.add(self.text)
        self.about = hint(tr(ABOUT))
        self.add(self.about)

    def refresh(self) -> None:
        """Show the setting and the comparison of the present label."""
        session = self._session
        guard, key = session.bias_guard, session.key()
        set_quietly(self.share, self.share.setValue, round(100 * guard.share))
        self.share.setEnabled(session.is_open and not session.is_read_only)
        report = guard.report(session.view.label) if session.is_open else None
        lines = []
        if key is not None and session.is_withheld(key):
            lines.append(tr("On this frame the model is withheld: draw as if there were none."))
        if report is not None and (guard.is_on or report.shown or report.withheld):
            lines += describe(report)
        self.text.setText("\n".join(lines))
        self.text.setVisible(bool(lines))
        self.about.setVisible(not guard.is_on)


def describe(report: BiasReport) -> list[str]:
    """Return a comparison in words, a line each."""
    lines = [
        _group(tr("Model shown"), report.shown, report.dice_shown, report.seconds_shown),
        _group(tr("Model withheld"), report.withheld, report.dice_withheld, report.seconds_withheld),
    ]
    found = report.dice_difference
    if found is None:
        lines.append(tr("Compared from {least} frames of each kind on.", least=LEAST_FRAMES))
        return lines
    words = tr("Dice with the model: {found:+.3f} where it is shown (95 % {low:+.3f} to {high:+.3f})")
    lines.append(words.format(found=found[0], low=found[1], high=found[2]))
    if found[1] > 0:
        lines.append(tr("What is drawn leans towards the model where it is seen."))
    elif found[2] < 0:
        lines.append(tr("What is drawn is farther from the model where it is seen."))
    else:
        lines.append(tr("No difference can be told from so few frames, or there is none."))
    times = report.seconds_difference
    if times is not None:
        words = tr("Time: {found:+.0f} s where it is shown (95 % {low:+.0f} to {high:+.0f} s)")
        lines.append(words.format(found=times[0], low=times[1], high=times[2]))
    return lines


def _group(name: str, frames: int, dice: float | None, seconds: float | None) -> str:
    parts = [tr("{name}: frames {frames}", name=name, frames=frames)]
    if dice is not None:
        parts.append(tr("Dice with the model {dice:.3f}", dice=dice))
    if seconds is not None:
        parts.append(tr("{seconds:.0f} s each", seconds=seconds))
    return ", ".join(parts)
