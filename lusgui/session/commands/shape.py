"""Commands of shapes that become masks, in the Draw menu: their tools, what they do, those that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.shape_raster import ShapeMode
from lusgui.session import acts
from lusgui.session.commands.command import Command, has_frame, tool_is
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk
    from lusgui.session.session import Session

STRENGTH_STEP = 0.1


def commands() -> tuple[Command, ...]:
    """Return the commands."""
    return (
        Command(
            "tool.lasso",
            "Lasso",
            ("F",),
            acts.choose_tool(Tool.LASSO),
            "Draw",
            "Drag around what belongs to the mask; with Alt it is taken away, with Shift only what is inside"
            " is kept",
            has_frame,
            icon="lasso",
            checked_when=tool_is(Tool.LASSO),
        ),
        Command(
            "tool.polygon",
            "Polygon",
            ("P",),
            acts.choose_tool(Tool.POLYGON),
            "Draw",
            "Click from corner to corner; drag corners, click a line for a new one. A double click,"
            " {key:model.accept} or"
            " a click on the first corner finishes",
            has_frame,
            icon="polygon",
            checked_when=tool_is(Tool.POLYGON),
        ),
        Command(
            "tool.livewire",
            "Live-wire",
            ("W",),
            acts.choose_tool(Tool.LIVEWIRE),
            "Draw",
            "A polygon whose lines keep to edges of the despeckled image; how strongly is set in the strip"
            " below the image",
            has_frame,
            icon="livewire",
            checked_when=tool_is(Tool.LIVEWIRE),
        ),
        _mode(ShapeMode.ADD, "Shapes add", "What a lasso, polygon or live-wire goes around joins the mask"),
        _mode(ShapeMode.SUBTRACT, "Shapes take away", "What a shape goes around is taken off the mask (Alt)"),
        _mode(
            ShapeMode.INTERSECT,
            "Shapes keep what is inside",
            "Of the mask only what lies inside the shape is kept (Shift)",
        ),
        Command(
            "shape.stronger",
            "Live-wire closer to edges",
            (),
            _change_strength(STRENGTH_STEP),
            "Draw",
            "Lines of the live-wire keep more strongly to edges",
            has_frame,
            section=4,
        ),
        Command(
            "shape.straighter",
            "Live-wire straighter",
            (),
            _change_strength(-STRENGTH_STEP),
            "Draw",
            "Lines of the live-wire keep less to edges, at last not at all",
            has_frame,
            section=4,
        ),
        Command(
            "shape.waiting",
            "Go to a shape that waits",
            (),
            go_to_waiting,
            "Draw",
            "Go to the next frame on which a polygon or live-wire was begun and not finished",
            has_waiting,
            section=4,
        ),
    )


def _mode(mode: ShapeMode, title: str, tooltip: str) -> Command:
    return Command(
        f"shape.{mode}",
        title,
        (),
        _set_mode(mode),
        "Draw",
        tooltip,
        has_frame,
        icon=f"shape-{mode}",
        checked_when=lambda session: session.shapes.mode_now is mode,
        section=4,
    )


def _change_strength(by: float) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        desk.session.shapes.strength += by
        desk.say(f"The live-wire keeps to edges at {desk.session.shapes.strength:.0%}")

    return run


def _set_mode(mode: ShapeMode) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        desk.session.shapes.set_mode(mode)

    return run


def go_to_waiting(desk: Desk) -> None:
    """Go to the next shape that waits."""
    if not desk.session.shapes.go_to_waiting():
        desk.say("No shape waits anywhere")


def has_waiting(session: Session) -> bool:
    """Whether a shape waits on another frame, or for its tool."""
    return bool(session.shapes.waiting)
