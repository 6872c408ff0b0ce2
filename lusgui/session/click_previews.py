"""What a click under the pointer would give, shown before it is made; nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.click.prompt import Click, ClickPrompt, is_positive
from lusgui.core.threshold import component_at
from lusgui.session.click_answers import ClickAnswers
from lusgui.session.click_plane import fits_frame
from lusgui.session.view_state import OverlayStyle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.click.answer import ClickAnswer
    from lusgui.session.session import Session

    Mask = NDArray[np.bool_]


class ClickPreviews(ClickAnswers):
    """The part of clicking that shows what would be: one question at a time, the newest place wins.

    Parameters
    ----------
    session : Session
        Whose masks.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._previewed: tuple[int, PlaneKey] | None = None
        self._preview_next: Click | None = None
        self._preview_at: Click | None = None
        self._preview: Mask | None = None

    @property
    def preview(self) -> Mask | None:
        """What a click under the pointer would leave (H, W), or None."""
        return self._preview

    def preview_at(self, row: float, col: float, *, positive: bool = True) -> None:
        """Show what a click at a continuous position would do, if whoever answers is ready and idle."""
        key, plane = self._current, self.plane()
        if key is None or not self._session.view.click_preview:
            return
        if self.is_asking or (plane is not None and plane.pending):
            return
        mark = Click(float(row), float(col), positive)
        if self._preview_at is not None and _is_alike(mark, self._preview_at):
            return
        mask = self.present(key)
        if not fits_frame(mark, mask.shape) or self._session.can_draw(key.recording_id):
            self.clear_preview()
            return
        ghost = self.ghost(key)
        if bool((mask if ghost is None else ghost)[mark.pixel]) == positive:
            self.clear_preview()  # it is in the mask already, or not in it: let the mask be seen as it is
            return
        piece = self._model_piece(key, mark)
        if piece is not None:
            self._previewed = self._preview_next = None
            self._preview_at = mark
            self._show_preview(mask | piece)
        elif self.is_ready:
            self._preview_at = self._preview_next = mark
            if self._previewed is None:
                self._ask_preview()

    def clear_preview(self) -> None:
        """Show no preview, and want none."""
        self._previewed = self._preview_next = self._preview_at = None
        self._show_preview(None)

    def take_answer(self, token: int, place: tuple[int, int], answer: ClickAnswer) -> bool:
        """Take an answer, of a mark or of a preview; return whether it was waited for."""
        if self._previewed is None or self._previewed[0] != token:
            return super().take_answer(token, place, answer)
        key, self._previewed = self._previewed[1], None
        is_of_it = place == (key.recording_id, key.frame)
        if key == self._current and is_of_it and answer.mask.shape == self.present(key).shape:
            self._show_preview(answer.mask if answer.found else None)
            self._ask_preview()
        return True

    def lost(self, token: int) -> None:
        """Learn that a question will not be answered."""
        if self._previewed is not None and self._previewed[0] == token:
            self.clear_preview()
        else:
            super().lost(token)

    def _ask_preview(self) -> None:
        key, plane = self._current, self.plane()
        mark, self._preview_next = self._preview_next, None
        if key is not None and mark is not None:
            prompt = ClickPrompt() if plane is None else plane.answered
            self._ask(key, prompt.with_mark(mark), is_preview=True)

    def _preview_asked(self, asked: tuple[int, PlaneKey]) -> None:
        self._previewed = asked

    def _show_preview(self, mask: Mask | None) -> None:
        if mask is not self._preview:
            self._preview = mask
            self._session.click_preview_changed.emit()

    def _model_piece(self, key: PlaneKey, mark: Click) -> Mask | None:
        """Return the piece of the model's mask that is seen under a first positive click, or None."""
        session, view = self._session, self._session.view
        is_seen = view.model_visible and view.overlay_visible and view.overlay_style is not OverlayStyle.OFF
        if not is_seen or not is_positive(mark) or self.plane(key) is not None:
            return None
        model, human = session.model_mask(key), self.present(key)
        row, col = mark.pixel
        if model is None or not (0 <= row < model.shape[0] and 0 <= col < model.shape[1]):
            return None
        return component_at(model, row, col) if model[row, col] and not human[row, col] else None


def _is_alike(one: Click, other: Click) -> bool:
    return one.pixel == other.pixel and one.is_positive == other.is_positive
