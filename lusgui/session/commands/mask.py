"""Commands of the Mask menu: operations on the mask of the present label and frame."""

from __future__ import annotations

from lusgui.session import mask_acts
from lusgui.session.commands.command import Command, can_draw


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "mask.grow",
            "Grow",
            ("Ctrl+Alt+Up",),
            mask_acts.grow,
            "Mask",
            "Add a margin all round; how far is set in the panel Mask, in mm where the spacing is known",
            can_draw,
            icon="grow",
            title_now=mask_acts.titled("Grow by", "step_mm", "step_px"),
        ),
        Command(
            "mask.shrink",
            "Shrink",
            ("Ctrl+Alt+Down",),
            mask_acts.shrink,
            "Mask",
            "Take a margin away all round; the frame's edge takes nothing away",
            can_draw,
            icon="shrink",
            title_now=mask_acts.titled("Shrink by", "step_mm", "step_px"),
        ),
        Command(
            "mask.smooth",
            "Smooth the outline",
            ("Ctrl+Alt+S",),
            mask_acts.smooth,
            "Mask",
            "Take teeth and bumps off the outline; the smooth brush does it where you paint",
            can_draw,
            icon="smooth",
            title_now=mask_acts.titled("Smooth the outline by", "smooth_mm", "smooth_px"),
        ),
        Command(
            "mask.fill_holes",
            "Fill holes",
            ("Ctrl+Alt+H",),
            mask_acts.fill_holes,
            "Mask",
            "Fill everything that the mask encloses",
            can_draw,
            icon="fill-holes",
        ),
        Command(
            "mask.keep_largest",
            "Keep the largest piece",
            ("Ctrl+Alt+L",),
            mask_acts.keep_largest,
            "Mask",
            "Remove every piece but the largest; a label that has two pieces keeps two",
            can_draw,
            icon="largest",
            title_now=mask_acts.keep_title,
            section=1,
        ),
        Command(
            "mask.remove_small",
            "Remove small pieces",
            ("Ctrl+Alt+K",),
            mask_acts.remove_small,
            "Mask",
            "Remove the pieces below an area, which is set in the panel Mask",
            can_draw,
            title_now=mask_acts.titled("Remove pieces below", "small_mm2", "small_px", "mm²"),
            section=1,
        ),
        Command(
            "mask.remove_piece",
            "Remove the piece under the pointer",
            ("Backspace",),
            mask_acts.remove_piece,
            "Mask",
            "Point at a piece of your own mask and press the key; Ctrl+click does the same",
            can_draw,
            section=1,
        ),
        Command(
            "mask.mirror",
            "Mirror left to right",
            ("Ctrl+Alt+M",),
            mask_acts.mirror,
            "Mask",
            "Flip the mask about its own middle; of a piece that is being moved, that piece alone",
            can_draw,
            icon="mirror",
            section=1,
        ),
    )
