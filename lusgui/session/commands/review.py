"""Commands of the Review menu: comments, flags, second readers, and how a mask came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.consensus import Consensus
from lusgui.session import review_acts
from lusgui.session.commands.command import Command, ask, can_draw, has_frame

if TYPE_CHECKING:
    from lusgui.session.session import Session


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
            "review.second_read",
            "Blinded second read…",
            ("Ctrl+Alt+B",),
            ask("second read"),
            "Review",
            "Let somebody read the same frames in a study of their own, without anybody's masks or model",
            review_acts.can_begin_second_read,
            icon="readers",
            section=1,
        ),
        Command(
            "review.finish",
            "Finish the second read…",
            (),
            ask("finish second read"),
            "Review",
            "Lock this second read for good, so that it can be compared",
            review_acts.is_blinded,
            icon="lock",
            section=1,
        ),
        Command(
            "review.merge",
            "Join studies…",
            (),
            ask("merge"),
            "Review",
            "Make a new study of two readers' studies or more; none of them is altered",
            icon="merge",
            section=1,
        ),
        Command(
            "review.adjudicate",
            "Adjudicate",
            ("Ctrl+Alt+A",),
            review_acts.adjudicate,
            "Review",
            "Readers side by side, with Dice and HD95: decide what counts; the same key puts them away",
            review_acts.can_adjudicate,
            icon="adjudicate",
            checked_when=review_acts.is_adjudicating,
            section=2,
        ),
        Command(
            "review.next_dispute",
            "Next to decide",
            (),
            review_acts.go_to_dispute(1),
            "Review",
            "Go to the next mask on which readers differ and nobody has decided",
            review_acts.has_readings,
            icon="next",
            section=2,
        ),
        Command(
            "review.previous_dispute",
            "Previous to decide",
            (),
            review_acts.go_to_dispute(-1),
            "Review",
            "Go to the previous mask on which readers differ and nobody has decided",
            review_acts.has_readings,
            icon="previous",
            section=2,
        ),
        *(_take(number) for number in range(3)),
        Command(
            "review.majority",
            "Majority",
            (),
            review_acts.agree(Consensus.MAJORITY),
            "Review",
            "Take what more than half of the readers drew; of two readers, what both drew",
            review_acts.has_readings,
            section=2,
        ),
        Command(
            "review.staple",
            "STAPLE",
            (),
            review_acts.agree(Consensus.STAPLE),
            "Review",
            "Take what is likely, each reader weighed by how well they agree with the rest",
            review_acts.has_readings,
            section=2,
        ),
        Command(
            "review.agree_all",
            "All that is left…",
            (),
            ask("agree everywhere"),
            "Review",
            "Decide every mask that is left by majority or STAPLE, as one edit",
            review_acts.has_readings,
            section=2,
        ),
        Command(
            "review.queue_next",
            "Next that waits",
            (),
            review_acts.go_through_queue(1),
            "Review",
            "Go to the next frame of the queue, for the reason chosen in the Worklist tab",
            has_frame,
            icon="next",
            section=3,
        ),
        Command(
            "review.queue_previous",
            "Previous that waits",
            (),
            review_acts.go_through_queue(-1),
            "Review",
            "Go to the previous frame of the queue, for the reason chosen in the Worklist tab",
            has_frame,
            icon="previous",
            section=3,
        ),
        Command(
            "review.queue",
            "Show the queue",
            (),
            ask("queue"),
            "Review",
            "Frames that wait to be looked at again, by the reason why",
            has_frame,
            section=3,
        ),
        Command(
            "review.check_ribs",
            "Check ribs and shadows",
            (),
            ask("check ribs"),
            "Review",
            "Look at every frame that was drawn for ribs without shadow and shadows without rib",
            review_acts.can_check_ribs,
            icon="search",
            section=3,
        ),
        Command(
            "review.bias_guard",
            "Withhold the model at random",
            (),
            review_acts.toggle_guard,
            "Review",
            "On some frames, drawn by lot, the model's mask is not shown; the page Review tells whether"
            " what is drawn differs",
            review_acts.can_guard,
            checked_when=review_acts.is_guarded,
            section=4,
        ),
        Command(
            "review.replay",
            "Replay the strokes of this frame…",
            (),
            ask("replay"),
            "Review",
            "Watch how this mask came about, and have a former state back",
            has_frame,
            icon="replay",
            section=4,
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


def _take(number: int) -> Command:
    words = ("first", "second", "third")

    def title(session: Session) -> str | None:
        readers = session.adjudicating.readers
        return f"Take {readers[number]}'s mask" if number < len(readers) else None

    def is_there(session: Session) -> bool:
        return review_acts.has_readings(session) and number < len(session.adjudicating.readers)

    return Command(
        f"review.take{number + 1}",
        f"Take the {words[number]} reader's mask",
        (),
        review_acts.take_reader(number),
        "Review",
        f"Make this mask what the {words[number]} reader drew",
        is_there,
        title_now=title,
        section=2,
    )
