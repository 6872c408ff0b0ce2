"""What the commands for comparing do, in words of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.despeckle import Method

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk


def toggle_wipe(desk: Desk) -> None:
    """Part the frame into raw and despeckled, or stop doing so."""
    seeing = desk.session.seeing
    if not seeing.wipe and desk.session.view.despeckle.method is Method.OFF:
        desk.say("Despeckling is off, so both sides would be alike: choose a method under Image first")
        return
    seeing.wipe = not seeing.wipe


def toggle(name: str) -> Callable[[Desk], None]:
    """Return a command body that switches a flag of `Seeing`."""

    def run(desk: Desk) -> None:
        seeing = desk.session.seeing
        setattr(seeing, name, not getattr(seeing, name))

    return run


def toggle_band(desk: Desk) -> None:
    """Show the contours at lower and higher thresholds, or stop doing so."""
    session = desk.session
    if not session.seeing.band and session.active_model(session.view.label) is None:
        desk.say("No model answers for this label, so there is no threshold to try")
        return
    session.seeing.band = not session.seeing.band
    if session.seeing.band:
        session.view.overlay_visible = True
