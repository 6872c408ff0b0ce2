"""Commands of the Edit menu."""

from __future__ import annotations

from lusgui.session import acts, click_acts
from lusgui.session.commands.command import Command, ask, can_draw, has_study


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "edit.undo",
            "Undo",
            ("Ctrl+Z",),
            click_acts.undo,
            "Edit",
            "Take back the last change and show where it was",
            click_acts.can_undo,
            icon="undo",
            title_now=click_acts.undo_title,
            repeats=True,
        ),
        Command(
            "edit.redo",
            "Redo",
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            click_acts.redo,
            "Edit",
            "Do again what was taken back",
            click_acts.can_redo,
            icon="redo",
            title_now=click_acts.redo_title,
            repeats=True,
        ),
        Command(
            "mask.clear",
            "Clear mask",
            ("Del",),
            acts.clear_mask,
            "Edit",
            "Empty the mask of this label on this frame",
            can_draw,
            icon="clear",
            section=1,
        ),
        Command(
            "label.add",
            "Add label…",
            (),
            ask("add label"),
            "Edit",
            "Add a structure that can be drawn",
            has_study,
            icon="plus",
            section=2,
        ),
        Command(
            "label.manage",
            "Labels…",
            (),
            ask("labels"),
            "Edit",
            "Rename, recolour and add labels",
            has_study,
            icon="label",
            section=2,
        ),
        Command(
            "app.rater",
            "Who draws…",
            (),
            ask("rater"),
            "Edit",
            "Every mask carries the name of the person who drew it",
            has_study,
            section=2,
        ),
        Command(
            "app.settings",
            "Settings…",
            ("Ctrl+,",),
            ask("settings"),
            "Edit",
            "How lusgui looks and works",
            section=3,
        ),
    )
