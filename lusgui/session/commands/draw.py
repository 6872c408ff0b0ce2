"""Commands of the Draw menu: tools, brush, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr
from lusgui.session import acts
from lusgui.session.commands.command import Command, has_frame, may_use_models, tool_is
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from lusgui.session.session import Session


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "tool.brush",
            "Brush",
            ("B",),
            acts.choose_tool(Tool.BRUSH, erase=False),
            "Draw",
            "Paint the mask; hold Alt to erase, Shift+wheel for size",
            has_frame,
            icon="brush",
            checked_when=tool_is(Tool.BRUSH, False),
        ),
        Command(
            "tool.eraser",
            "Eraser",
            ("E",),
            acts.choose_tool(Tool.BRUSH, erase=True),
            "Draw",
            "Rub out; hold Alt to paint",
            has_frame,
            icon="eraser",
            checked_when=tool_is(Tool.BRUSH, True),
        ),
        Command(
            "tool.click",
            "Click to segment",
            ("S",),
            acts.choose_tool(Tool.CLICK),
            "Draw",
            "Click on a structure: its outline comes up, {key:model.accept} accepts it. A right click takes"
            " away, a drag"
            " puts a box around it, Shift+drag scribbles",
            may_use_models,
            icon="click",
            checked_when=tool_is(Tool.CLICK),
        ),
        Command(
            "tool.pick",
            "Accept a piece of the model's mask",
            ("Shift+S",),
            acts.choose_tool(Tool.ACCEPT),
            "Draw",
            "Click inside a dashed outline to take over that piece alone",
            has_frame,
            icon="pick",
            checked_when=tool_is(Tool.ACCEPT),
        ),
        Command(
            "tool.point",
            "Centre point",
            ("Q",),
            acts.choose_tool(Tool.POINT),
            "Draw",
            "Click on the middle of the structure; with Shift the next frame follows, Ctrl+click deletes",
            has_frame,
            icon="point",
            checked_when=tool_is(Tool.POINT),
        ),
        Command(
            "tool.box",
            "Box",
            ("R",),
            acts.choose_tool(Tool.BOX),
            "Draw",
            "Drag a box around the structure; drag its corners to change it, Ctrl+click deletes",
            has_frame,
            icon="box",
            checked_when=tool_is(Tool.BOX),
        ),
        Command(
            "tool.pan",
            "Move the picture",
            ("M",),
            acts.choose_tool(Tool.PAN),
            "Draw",
            "Drag the picture; the middle button or {key:view.overlay} does it with any tool",
            has_frame,
            icon="pan",
            checked_when=tool_is(Tool.PAN),
        ),
        Command(
            "tool.window_level",
            "Contrast by dragging",
            ("Shift+W",),
            acts.choose_tool(Tool.WINDOW_LEVEL),
            "Draw",
            "Drag across for contrast, up and down for brightness; the right button does it with any tool",
            has_frame,
            icon="display",
            checked_when=tool_is(Tool.WINDOW_LEVEL),
        ),
        Command(
            "brush.swap",
            "Swap paint and erase",
            ("X",),
            acts.toggle("erase"),
            "Draw",
            "Paint instead of erase, or the reverse",
            has_frame,
            section=1,
        ),
        Command(
            "brush.larger",
            "Larger brush",
            ("]", "."),
            lambda desk: desk.step_brush_size(1),
            "Draw",
            "Make the brush larger (Shift+wheel)",
            has_frame,
            repeats=True,
            section=1,
        ),
        Command(
            "brush.smaller",
            "Smaller brush",
            ("[", ","),
            lambda desk: desk.step_brush_size(-1),
            "Draw",
            "Make the brush smaller (Shift+wheel)",
            has_frame,
            repeats=True,
            section=1,
        ),
        *(_choose_label(number) for number in range(1, 10)),
    )


def _choose_label(number: int) -> Command:
    def title(session: Session) -> str | None:
        labels = session.labels
        return tr("Draw {name}", name=labels[number - 1].name) if len(labels) >= number else None

    def exists(session: Session) -> bool:
        return len(session.labels) >= number

    return Command(
        f"label.choose{number}",
        f"Label {number}",
        (str(number),),
        acts.choose_label(number - 1),
        "Draw",
        f"Draw and threshold label {number}",
        exists,
        title_now=title,
        section=2,
    )
