"""The run in the line at the bottom: what is learnt, how far, and whether it gets better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton

from lusgui.base.translate import tr
from lusgui.core.learning.status import IDLE, RunState
from lusgui.ui.learning.parts import tint
from lusgui.ui.learning.words import Tone, describe_run, dice_text, new_dice

if TYPE_CHECKING:
    from lusgui.core.learning.status import LearnStatus


class LearnEntry(QToolButton):
    """A flat button; a click shows the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Learning"))
        self._shown: tuple[LearnStatus, str, Tone | None] = (IDLE, "", None)
        self.show_status(IDLE, "")

    def show_status(self, status: LearnStatus, name: str, ended: tuple[str, Tone] | None = None) -> None:
        """Show a run.

        Parameters
        ----------
        status : LearnStatus
            Of the run.
        name : str
            Of what is learnt.
        ended : (text, tone), optional
            What to say of a run that is over.
        """
        told = describe_run(status, name)
        text, tone = told.headline, told.tone
        if ended is not None and not status.state.is_busy:
            text, tone = ended
        elif status.state is RunState.RUNNING and new_dice(status) is not None:
            text += tr(
                " · Dice {active_dice} → {new_dice}",
                active_dice=dice_text(status.active_dice),
                new_dice=dice_text(new_dice(status)),
            )
        self.setText(text)
        self.setVisible(bool(text) and status.state is not RunState.IDLE)
        self.setToolTip(
            "\n".join(part for part in (told.detail, "Click for curves, details and versions") if part)
        )
        self.setAccessibleDescription(f"{text}. {told.detail}")
        self._shown = (status, name, tone)
        tint(self, None if tone is Tone.PLAIN else tone)

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        tone = self._shown[2]
        tint(self, None if tone is Tone.PLAIN else tone)
