"""Commands of the View menu for comparing: wipe, second picture, stability band, small map."""

from __future__ import annotations

from lusgui.session import acts, see_acts
from lusgui.session.commands.command import Command, has_frame


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "view.wipe",
            "Wipe between raw and despeckled",
            ("Z",),
            see_acts.toggle_wipe,
            "View",
            "Tap for a divider, raw on one side and despeckled on the other: drag its handle; hold to peek."
            " {key:view.raw} swaps the sides",
            has_frame,
            icon="wipe",
            checked_when=lambda s: s.seeing.wipe,
            release=see_acts.toggle_wipe,
            section=5,
        ),
        Command(
            "view.side_by_side",
            "Second picture beside",
            ("Shift+Z",),
            see_acts.toggle("side_by_side"),
            "View",
            "Show another frame, or raw beside despeckled, next to this one: both zoom and move in step",
            has_frame,
            icon="side-by-side",
            checked_when=lambda s: s.seeing.side_by_side,
            section=5,
        ),
        Command(
            "view.outline_strokes",
            "Outlines only while drawing",
            ("Shift+O",),
            acts.toggle("outline_strokes"),
            "View",
            "While a stroke is down fills and heat make room for outlines, so that the tissue stays visible",
            icon="outline-stroke",
            checked_when=lambda s: s.view.outline_strokes,
            section=5,
        ),
        Command(
            "view.band",
            "Stability band",
            ("Shift+U",),
            see_acts.toggle_band,
            "View",
            "Show what the model's mask would gain and lose at a lower and a higher threshold: a wide band"
            " means look here",
            has_frame,
            icon="band",
            checked_when=lambda s: s.seeing.band,
            section=5,
        ),
        Command(
            "view.small_map",
            "Small map when zoomed",
            (),
            see_acts.toggle("small_map"),
            "View",
            "While only a part of the frame is seen, show all of it in a corner: press there to go there",
            icon="small-map",
            checked_when=lambda s: s.seeing.small_map,
            section=5,
        ),
    )
