"""Commands of clicking to segment, in the Draw menu; accepting is Enter, as for the model's mask."""

from __future__ import annotations

from lusgui.session import acts, click_acts
from lusgui.session.commands.command import Command


def commands() -> tuple[Command, ...]:
    """Return the commands."""
    return (
        Command(
            "click.sign",
            "Clicks take away",
            ("T",),
            click_acts.swap_sign,
            "Draw",
            "Left clicks say what does not belong to the structure; right clicks always do, and Alt for one",
            click_acts.is_clicking,
            icon="minus",
            checked_when=lambda s: s.view.click_negative,
            section=3,
        ),
        Command(
            "click.follow",
            "Accept the clicked mask, then the same clicks on the next frame",
            ("Shift+Return", "Shift+Enter"),
            click_acts.follow,
            "Draw",
            "Take the clicked mask over, go to the next frame, and click there as you did here",
            click_acts.has_clicks,
            icon="accept-next",
            section=3,
        ),
        Command(
            "click.drop",
            "Drop what was clicked",
            ("Esc",),
            click_acts.drop,
            "Draw",
            "Give up the shape that is open, or let the clicked mask go; {key:edit.undo} brings that back",
            click_acts.can_drop,
            icon="close",
            section=3,
        ),
        Command(
            "click.waiting",
            "Go to clicks that wait",
            (),
            click_acts.go_to_waiting,
            "Draw",
            "Go to the next frame on which something was clicked and neither accepted nor dropped",
            click_acts.has_waiting,
            section=3,
        ),
        Command(
            "click.preview",
            "Show what a click would find",
            (),
            acts.toggle("click_preview"),
            "Draw",
            "Tint what a click under the pointer would give, before it is made",
            icon="eye",
            checked_when=lambda s: s.view.click_preview,
            section=3,
        ),
    )
