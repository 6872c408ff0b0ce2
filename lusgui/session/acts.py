"""What commands do, in words of the session; whatever must be asked is asked through the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lusgui.base.translate import tr, trn
from lusgui.core.annotation import Status
from lusgui.session.view_state import OverlayStyle, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


WITHHELD = "The model is withheld on this frame on purpose (page Review, Bias guard): draw it yourself"


class Desk(Protocol):
    """What commands ask of the window; questions are asked there, the answers end in the session."""

    session: Session

    def say(self, text: str) -> None:
        """Show a short hint."""

    def ask(self, what: str) -> None:
        """Open the dialog or page named `what`."""

    def fit(self) -> None:
        """Show the whole frame."""

    def zoom(self, factor: float) -> None:
        """Magnify about the middle."""

    def pointer(self) -> tuple[float, float] | None:
        """Return where in the frame (row, column) the pointer is, or None where it is elsewhere."""

    def step_brush_size(self, steps: int) -> None:
        """Grow or shrink the brush."""

    def toggle_play(self) -> None:
        """Start or stop the cine loop."""

    def peek_raw(self, peek: bool) -> None:
        """Show raw instead of despeckled, or the reverse, while asked to."""

    def hide_overlay(self, hide: bool) -> None:
        """Show no overlay while asked to."""

    def hold_space(self, held: bool) -> bool:
        """Let the left button pan while asked to; when it ends, say whether it panned."""

    def segment(self, what: str) -> None:
        """Segment the ``recording`` or the ``worklist`` in the background."""

    def learn(self, what: str) -> None:
        """Do with learning what a command asks: ``start``, ``stop``, ``cancel``, ``resume``, ``suggest``."""

    def cancel_work(self) -> None:
        """Stop what runs in the background."""

    def quit(self) -> None:
        """Close the window."""


def accept_frame(desk: Desk) -> bool:
    """Accept the current label on this frame: what was clicked or drawn, or else the model's mask."""
    session = desk.session
    key = session.key()
    if key is None:
        return False
    if session.shaping.finish() and session.shaping.shape is not None:
        return False  # it could not be finished, and has said why
    clicked = session.clicking.plane()
    if clicked is not None and clicked.pending:
        session.clicking.when_answered(lambda: accept_frame(desk))
        return False
    if clicked is not None:
        return session.clicking.accept(Status.ACCEPTED)
    if session.times.ghost(key) is not None:
        return session.times.accept(key, Status.ACCEPTED)
    if session.status(key) is Status.UNTOUCHED and not session.mask(key).any():
        model = session.model_mask(key)
        if session.is_withheld(key):
            desk.say(tr(WITHHELD))
            return False
        if model is None or not model.any():
            desk.say(
                tr("Nothing to accept yet: draw a mask, or press {key:frame.nothing} for “nothing here”")
            )
            return False
        return session.accept_model(key)
    return session.set_status(key, Status.ACCEPTED)


def is_suggested(desk: Desk) -> bool:
    """Return whether the frame that is looked at was suggested, drawn on since or not."""
    session = desk.session
    place = session.place
    return place is not None and session.learning.was_suggested(*place, session.view.label)


def say_why(desk: Desk) -> None:
    """Say why the frame that is looked at was suggested."""
    session = desk.session
    if session.place is None:
        return
    suggestion = session.learning.suggestion_at(*session.place, session.view.label)
    if suggestion is not None and suggestion.reasons:
        desk.say(f"Suggested: {'; '.join(suggestion.reasons)}")


def go_on(desk: Desk) -> None:
    """Go to the next suggested frame from one, else on the worklist, else to the next frame."""
    session = desk.session
    if is_suggested(desk) and session.learning.next_suggestion():
        say_why(desk)
        return
    if session.worklist:
        if not session.next_in_worklist():
            desk.say("The worklist is done")
    else:
        session.step(1)


def accept_and_go_on(desk: Desk) -> None:
    """Accept this frame and go on; a click that is not answered yet is waited for."""

    def accept_now() -> None:
        if accept_frame(desk):
            go_on(desk)

    desk.session.clicking.when_answered(accept_now)


def accept_whole_model(desk: Desk) -> None:
    """Take over the whole model mask; an open shape, what was clicked, or a proposal goes first."""
    session = desk.session
    if session.shaping.finish():
        return
    key = session.key()
    if key is None:
        return
    if session.clicking.plane() is not None:
        session.clicking.when_answered(session.clicking.accept)
        return
    if session.times.ghost(key) is not None:
        session.times.accept(key)
        return
    if session.proposal(key) is not None:
        session.accept_proposal(key)
        return
    model = session.model_mask(key)
    if session.is_withheld(key):
        desk.say(tr(WITHHELD))
    elif model is None:
        desk.say("The model has not answered for this frame yet")
    elif not model.any():
        desk.say("The model finds nothing here at this threshold")
    else:
        session.accept_model(key)


def set_status(status: Status, *, then_go_on: bool = False) -> Callable[[Desk], None]:
    """Return a command body that sets the status of the current label on this frame."""

    def run(desk: Desk) -> None:
        key = desk.session.key()
        desk.session.moving.finish()
        if key is not None and desk.session.set_status(key, status) and then_go_on:
            go_on(desk)

    return run


def nothing_here(desk: Desk) -> None:
    """Say that the structure is not in this frame."""
    session = desk.session
    key = session.key()
    if key is None:
        return
    if session.shaping.shape is not None:
        name = tr(session.shaping.shape.name)
        desk.say(tr("A {name} is open here: give it up first ({key:click.drop})", name=name))
    elif session.clicking.plane() is not None:
        desk.say(tr("Something is clicked here: drop it first ({key:click.drop}), then say “nothing here”"))
    elif session.mask(key).any():
        desk.say(tr("There is a mask here: clear it first ({key:mask.clear}), then say “nothing here”"))
    elif session.nothing_here(key):
        go_on(desk)


def clear_mask(desk: Desk) -> None:
    """Empty the mask of the current label on this frame."""
    session, key = desk.session, desk.session.key()
    if key is None or session.clear_mask(key) or session.mask(key).any():
        return  # where it was refused the session has said why
    if session.shaping.shape is not None or session.clicking.plane() is not None:
        desk.say(tr("There is no mask here to clear; {key:click.drop} gives up what is open"))
    elif session.proposal(key) is not None:
        desk.say(tr("There is no mask here to clear, only a ghost; {key:click.drop} drops it"))
    else:
        desk.say(tr("There is no mask of {label} here to clear", label=session.label_name(key.label)))


def choose_label(index: int) -> Callable[[Desk], None]:
    """Return a command body that makes the label at `index` the current one."""

    def run(desk: Desk) -> None:
        labels = desk.session.labels
        if index < len(labels):
            desk.session.choose_label(labels[index].key)

    return run


def choose_tool(tool: Tool, *, erase: bool | None = None) -> Callable[[Desk], None]:
    """Return a command body that takes up a tool."""

    def run(desk: Desk) -> None:
        if erase is not None:
            desk.session.view.erase = erase
        # Set anew even if it is the present one, so that a borrowed tool is put away.
        desk.session.view.tool = tool

    return run


def change(name: str, by: float) -> Callable[[Desk], None]:
    """Return a command body that adds to a number of the view state."""

    def run(desk: Desk) -> None:
        view = desk.session.view
        setattr(view, name, round(getattr(view, name) + by, 4))

    return run


def toggle(name: str) -> Callable[[Desk], None]:
    """Return a command body that switches a flag of the view state."""

    def run(desk: Desk) -> None:
        view = desk.session.view
        setattr(view, name, not getattr(view, name))

    return run


def show_style(style: OverlayStyle) -> Callable[[Desk], None]:
    """Return a command body that draws masks in a style."""

    def run(desk: Desk) -> None:
        desk.session.view.overlay_style = style
        desk.session.view.overlay_visible = True

    return run


def swap_outline_and_fill(desk: Desk) -> None:
    """Draw fills instead of outlines, or the reverse."""
    is_outline = desk.session.view.overlay_style is OverlayStyle.OUTLINE
    show_style(OverlayStyle.FILL if is_outline else OverlayStyle.OUTLINE)(desk)


def show_uncertainty(desk: Desk) -> None:
    """Colour the frame by how undecided the model is, or stop doing so."""
    view = desk.session.view
    if not view.uncertainty_visible and desk.session.active_model(view.label) is None:
        desk.say("No model answers for this label, so there is no uncertainty to show")
        return
    view.uncertainty_visible = not view.uncertainty_visible
    if view.uncertainty_visible:
        view.overlay_visible = True


def go_to_end(last: bool) -> Callable[[Desk], None]:
    """Return a command body that goes to the first or last frame of the recording."""

    def run(desk: Desk) -> None:
        session = desk.session
        row = None if session.place is None else session.row(session.place[0])
        if row is not None:
            session.go_to(row.id, row.frames - 1 if last else 0)

    return run


def press_space(desk: Desk) -> None:
    """Switch the overlay, and let the left button pan while held."""
    toggle("overlay_visible")(desk)
    desk.hold_space(True)


def next_on_worklist(step: int) -> Callable[[Desk], None]:
    """Return a command body that goes to the next frame of the worklist that is not done."""

    def run(desk: Desk) -> None:
        if not desk.session.worklist:
            desk.say("There is no worklist yet: draw one in the Worklist panel")
        elif not desk.session.next_in_worklist(step):
            desk.say("The worklist is done")

    return run


def work_on_found(desk: Desk) -> None:
    """Make the frames in which a detector found the current label the worklist."""
    session = desk.session
    label = session.label(session.view.label)
    count = session.work_on_found(session.view.label)
    name = session.view.label if label is None else label.name
    if count:
        desk.say(
            trn(
                "Worklist: {count} frame in which {name} was found",
                "Worklist: {count} frames in which {name} was found",
                count,
                name=name,
            )
        )
    elif session.detections_of(session.view.label) is None:
        words = (
            "Nobody has looked for {name} yet: put boxes around it ({key:tool.box}) and let a detector learn"
            " them"
        )
        desk.say(tr(words, name=name))
    else:
        desk.say(f"The detector found {name} in no frame")


def release_space(desk: Desk) -> None:
    """Take the switch of a Space that was held back; the desk ends the pan."""
    toggle("overlay_visible")(desk)


def reset_window(desk: Desk) -> None:
    """Show the full range of gray."""
    desk.session.view.window = 1.0
    desk.session.view.level = 0.5


def set_theme(name: str) -> Callable[[Desk], None]:
    """Return a command body that puts a theme on."""

    def run(desk: Desk) -> None:
        desk.session.view.theme = name

    return run
