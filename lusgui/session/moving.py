"""A piece of a mask that is being moved, turned or mirrored, until it is put down as one edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from lusgui.base.translate import tr
from lusgui.core.piece import Placement, middle_of, placed
from lusgui.core.threshold import component_at
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.geometry import Spacing
    from lusgui.session.session import Session


class MovingPiece:
    """The piece and where it is now; an open shape (see `lusgui.session.open_shape`).

    Parameters
    ----------
    moving : Moving
        Who put it down.
    key : PlaneKey
        Plane it belongs to.
    piece : (H, W) bool ndarray
        The piece where it was.
    spacing : (float, float)
        Distance between samples, in mm or 1.
    """

    name = "piece"

    def __init__(self, moving: Moving, key: PlaneKey, piece: NDArray[np.bool_], spacing: Spacing) -> None:
        self._moving = moving
        self.key = key
        self.piece = piece
        self.spacing = spacing
        self._steps = [Placement()]
        self._draft: Placement | None = None
        self._shown: tuple[Placement, NDArray[np.bool_]] | None = None

    @property
    def placement(self) -> Placement:
        """Where the piece is now, with a drag under way."""
        return self._steps[-1] if self._draft is None else self._draft

    @property
    def middle(self) -> tuple[float, float]:
        """Continuous place (row, column) about which it turns."""
        return middle_of(self.piece, self.placement)

    @property
    def is_moved(self) -> bool:
        """Whether it lies elsewhere than at the beginning."""
        return self.placement != Placement()

    def mask(self) -> NDArray[np.bool_]:
        """Return the piece (H, W) where it is now."""
        if self._shown is None or self._shown[0] != self.placement:
            self._shown = (self.placement, placed(self.piece, self.placement, self.spacing))
        return self._shown[1]

    def draft(self, rows: int = 0, cols: int = 0, degrees: float = 0.0) -> None:
        """Show it moved and turned by this much more, while a drag is under way."""
        at = self._steps[-1]
        self._draft = replace(
            at, rows=at.rows + rows, cols=at.cols + cols, degrees=(at.degrees + degrees) % 360
        )
        self._moving.tell()

    def keep_draft(self) -> None:
        """Make the drag that has ended one step."""
        draft, self._draft = self._draft, None
        if draft is not None and draft != self._steps[-1]:
            self._steps.append(draft)
        self._moving.tell()

    def drop_draft(self) -> None:
        """Give the drag under way up."""
        self._draft = None
        self._moving.tell()

    def mirror(self) -> None:
        """Mirror it left to right, as it lies now; one step."""
        at = self._steps[-1]
        self._steps.append(replace(at, degrees=-at.degrees % 360, mirrored=not at.mirrored))
        self._moving.tell()

    def finish(self) -> bool:
        """Put it down: one edit of the mask."""
        return self._moving.put_down(self)

    def step_back(self) -> bool:
        """Take the last drag back; false where it lies as at the beginning."""
        self._draft = None
        if len(self._steps) == 1:
            return False
        self._steps.pop()
        self._moving.tell()
        return True

    def cancel(self) -> None:
        """Leave it where it was."""
        self._moving.let_go(self)


class Moving:
    """The piece in hand, if any. It is put down before one looks at another frame, label or tool.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        A piece was taken up, moved, put down or let go.
    said(str)
        A short hint.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: MovingPiece | None = None
        self._is_putting = False
        events = session.view.events
        for signal in (session.frame_changed, events.label, events.tool):
            signal.connect(self._moved)
        session.mask_changed.connect(self._mask_changed)

    @property
    def piece(self) -> MovingPiece | None:
        """The piece in hand."""
        return self._held

    def take(self, key: PlaneKey, row: float, col: float) -> MovingPiece | None:
        """Take up the piece of a mask at a continuous position; None where there is none."""
        mask = self._session.mask(key)
        piece = component_at(mask, int(np.floor(row)), int(np.floor(col)))
        if not piece.any() or self._session.locks.refuses((key,)):
            return None
        self.finish()
        spacing = self._session.masking.spacing(key.recording_id) or (1.0, 1.0)
        self._held = MovingPiece(self, key, piece, spacing)
        self._session.shaping.open(self._held)
        self.changed.emit()
        return self._held

    def finish(self) -> bool:
        """Put down what is in hand; return whether there was something."""
        return self._held is not None and self.put_down(self._held)

    def put_down(self, piece: MovingPiece) -> bool:
        """Put a piece down where it is now; return whether it is no longer in hand."""
        if piece is not self._held:
            return False
        session = self._session
        copies = session.masking.settings.copies
        mask, now = session.mask(piece.key), piece.mask()
        if not now.any():
            self.said.emit("The piece has left the image: it stays where it was")
        elif piece.is_moved:
            rest = mask if copies else mask & ~piece.piece
            name = "Copy piece" if copies else "Move piece"
            self._is_putting = True
            try:
                session.push_masks(name, {piece.key: rest | now})
            finally:
                self._is_putting = False
            if now.sum() < 0.9 * piece.piece.sum() and _touches_edge(now):
                self.said.emit(
                    tr("The piece was cut off at the edge of the image; {key:edit.undo} takes it back")
                )
        self.let_go(piece)
        return True

    def let_go(self, piece: MovingPiece) -> None:
        """Have done with a piece; it lies as the mask says."""
        if piece is self._held:
            self._held = None
            self._session.shaping.close(piece)
            self.changed.emit()

    def tell(self) -> None:
        """Say that the piece moved."""
        self.changed.emit()
        if self._held is not None:
            self._session.shaping.open(self._held)

    def _mask_changed(self, key: PlaneKey) -> None:
        """Let go of a piece that something else took out of the mask."""
        piece = self._held
        if piece is None or self._is_putting or key != piece.key:
            return
        if not self._session.mask(key)[piece.piece].all():
            self.let_go(piece)
            self.said.emit("The mask has changed: the piece that was in hand is as the mask says")

    def _moved(self, *_: object) -> None:
        """Put it down where one was working, before one works elsewhere."""
        piece, session = self._held, self._session
        if piece is None or (session.key() == piece.key and session.view.tool is Tool.MOVE):
            return
        piece.drop_draft()  # a drag that never ended
        if self.put_down(piece) and session.key() != piece.key and piece.is_moved:
            words = "The piece was put down on frame {frame}; {key:edit.undo} takes it back"
            self.said.emit(tr(words, frame=piece.key.frame + 1))


def _touches_edge(mask: NDArray[np.bool_]) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
