"""Commands of the Review menu: comments, flags, second readers, and how a mask came about."""

from __future__ import annotations

from lusgui.session import review_acts
from lusgui.session.commands.command import Command, ask, can_draw, has_frame


def commands() -> tuple[Command, ...]:
    """Return the commands of this menu."""
    return (
        Command(
            "review.flag",
            "Flag this frame",
            ("Shift+F",),
            review_acts.flag,
            "Review",
            "Have this frame and label looked at again; the same key takes the flag away",
            can_draw,
            icon="flag",
            checked_when=review_acts.is_flagged,
        ),
        Command(
            "review.comment",
            "Comment on this frame",
            ("Ctrl+Alt+N",),
            ask("comment"),
            "Review",
            "Write a line to whoever looks at this frame and label next",
            can_draw,
            icon="comment",
        ),
        Command(
            "review.show",
            "Show the review of this frame",
            (),
            ask("review"),
            "Review",
            "Status, comments, flags, readers and warnings at the right",
            has_frame,
        ),
        Command(
            "review.guide",
            "How reviewing works",
            (),
            ask("guide reviewing"),
            "Review",
            "Comments, flags, a second reader, adjudication, joining studies, replay",
            icon="help",
            section=5,
        ),
    )
