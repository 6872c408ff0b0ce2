"""Commands of the Help menu."""

from __future__ import annotations

from lusgui.session.commands.command import Command, ask


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "help.keys",
            "Keyboard shortcuts",
            ("?", "F1"),
            ask("shortcuts"),
            "Help",
            "Every key on one sheet",
            icon="help",
        ),
        Command(
            "help.guide",
            "Guide",
            ("Shift+F1",),
            ask("guide"),
            "Help",
            "How to work with lusgui, step by step",
        ),
        Command(
            "help.about",
            "About lusgui",
            (),
            ask("about"),
            "Help",
            "Version, licences; research use only",
            section=1,
        ),
    )
