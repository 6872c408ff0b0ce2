"""Commands of the Measure menu: callipers, calibration, measures of the mask, their export."""

from __future__ import annotations

from lusgui.core.measures.drawn import Kind
from lusgui.session import acts, measure_acts
from lusgui.session.commands.command import Command, ask, has_frame, has_study, tool_is
from lusgui.session.view_state import Tool


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "tool.calliper",
            "Callipers",
            ("Shift+R",),
            acts.choose_tool(Tool.CALLIPER),
            "Measure",
            "Measure a distance, an angle or an area; drag an end to move it, Ctrl+click deletes",
            has_frame,
            icon="measure",
            checked_when=tool_is(Tool.CALLIPER),
        ),
        _kind(Kind.DISTANCE, "Measure a distance", "Drag from end to end; Shift keeps it level or upright"),
        _kind(Kind.ANGLE, "Measure an angle", "Click on one end, the corner, the other end"),
        _kind(
            Kind.AREA,
            "Measure an area",
            "Click around it; {key:model.accept} or a click on the first corner closes it",
        ),
        Command(
            "measure.clear",
            "Delete the callipers of this frame",
            (),
            measure_acts.clear,
            "Measure",
            "Take every distance, angle and area off this frame; masks stay as they are",
            measure_acts.has_callipers,
            section=1,
        ),
        Command(
            "measure.lines",
            "Show measures on the image",
            (),
            measure_acts.toggle_lines,
            "Measure",
            "Draw callipers, and where the mask was measured, on the image",
            has_frame,
            checked_when=lambda session: session.callipers.is_shown,
            section=1,
        ),
        Command(
            "measure.calibrate",
            "Calibrate…",
            ("Ctrl+Alt+C",),
            measure_acts.calibrate,
            "Measure",
            "Draw a line along a distance that you know, and say how long it is; the keys twice: type the"
            " spacing",
            measure_acts.can_calibrate,
            section=2,
        ),
        Command(
            "measure.show",
            "Show the measures of this frame",
            (),
            ask("measures"),
            "Measure",
            "Length, thickness, depth, gap, diameter, age: what is measured of the mask, at the right",
            has_frame,
            section=3,
        ),
        Command(
            "measure.export",
            "Export measures…",
            ("Ctrl+Shift+E",),
            ask("export measures"),
            "Measure",
            "Write what is measured of every mask, and the callipers, as a table (CSV) or JSON",
            has_study,
            icon="export",
            section=3,
        ),
        Command(
            "measure.guide",
            "How measuring works",
            (),
            ask("guide measuring"),
            "Measure",
            "What each measure is, where it comes from, and when it is refused",
            icon="help",
            section=4,
        ),
    )


def _kind(kind: Kind, title: str, tooltip: str) -> Command:
    return Command(
        f"measure.{kind}",
        title,
        (),
        measure_acts.take(kind),
        "Measure",
        tooltip,
        has_frame,
        checked_when=measure_acts.kind_is(kind),
    )
