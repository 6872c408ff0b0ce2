"""Ghosts of many frames: masks that wait to be accepted, one or a range as one edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.core.annotation import PlaneKey, Status
from lusgui.session.carrying import CARRIED, COPIED, INTERPOLATED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.session.session import Session

SHADOWED = "proposal:shadow"
"""Source of a ghost that is the shadow of ribs."""

EDITS = {
    COPIED: "Copied mask",
    INTERPOLATED: "Interpolated masks",
    CARRIED: "Propagated masks",
    SHADOWED: "Filled shadows",
}
"""What the undo menu calls ghosts that were accepted, by where they come from."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A mask that waits to be accepted.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        The proposal of the session that this is about.
    source : str
        One of `EDITS`.
    origin : str
        Where it comes from, in words, e.g. ``from frame 12``.
    confidence : float or None
        0 to 1, as optical flow gives it.
    is_addition : bool
        Whether the frame was drawn on or decided already when the ghost was asked for.
    """

    mask: NDArray[np.bool_]
    source: str
    origin: str
    confidence: float | None = None
    is_addition: bool = False


class Ghosts:
    """Proposals of the session that know where they come from and how far they can be trusted.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        There are other ghosts.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ghosts: dict[PlaneKey, Ghost] = {}
        self._is_busy = False
        session.proposal_changed.connect(self._proposal_changed)
        session.status_changed.connect(self._status_changed)

    def ghost(self, key: PlaneKey | None) -> Ghost | None:
        """Return the ghost of a plane, if it is one of ours."""
        return None if key is None else self._ghosts.get(key)

    def ghosts(self, recording_id: int, label: str) -> dict[int, Ghost]:
        """Return the ghosts of a recording and label by frame, in order."""
        own = (key for key in self._ghosts if key.recording_id == recording_id and key.label == label)
        return {key.frame: self._ghosts[key] for key in sorted(own)}

    def has_ghosts(self, recording_id: int, label: str) -> bool:
        """Whether ghosts wait in a recording for a label."""
        return any(key.recording_id == recording_id and key.label == label for key in self._ghosts)

    def ghosts_here(self) -> dict[int, Ghost]:
        """Return the ghosts of the recording and label that are looked at, by frame."""
        key = self._session.key()
        return {} if key is None else self.ghosts(key.recording_id, key.label)

    @property
    def count(self) -> int:
        """How many ghosts wait, wherever they are."""
        return len(self._ghosts)

    @property
    def keys(self) -> tuple[PlaneKey, ...]:
        """The planes with a ghost, wherever they are."""
        return tuple(sorted(self._ghosts))

    def may_accept(self, key: PlaneKey) -> bool:
        """Whether a ghost is taken over with all others: nobody drew on its frame since it was made."""
        ghost = self._ghosts.get(key)
        return ghost is not None and (ghost.is_addition or self.is_free(key))

    def is_free(self, key: PlaneKey) -> bool:
        """Whether nobody drew on a plane or decided about it."""
        session = self._session
        said = session.statuses(key.recording_id).get((key.frame, key.label))
        # a plane of which nothing was ever said has no mask either: thousands need not be read
        return said is None or (said is Status.UNTOUCHED and not session.mask(key).any())

    def offer(self, key: PlaneKey, ghost: Ghost) -> None:
        """Show a ghost on a plane until it is accepted or dropped; it replaces an earlier one."""
        self._put(key, ghost)

    def _put(self, key: PlaneKey, ghost: Ghost) -> None:
        session = self._session
        self._is_busy = True
        try:
            session.set_proposal(key, ghost.mask, ghost.source)
        finally:
            self._is_busy = False
        shown = session.proposal(key)
        if shown is not None:
            self._ghosts[key] = replace(ghost, mask=shown, is_addition=not self.is_free(key))
        self.changed.emit()

    # deciding

    def accept(self, key: PlaneKey | None = None, status: Status = Status.EDITED) -> bool:
        """Take over the ghost of one plane, the present one unless another is named, as one edit."""
        key = self._session.key() if key is None else key
        ghost = self.ghost(key)
        if key is None or ghost is None:
            return False
        name, mask = EDITS[ghost.source].removesuffix("s"), self._session.mask(key) | ghost.mask
        if not self._session.push_masks(name, {key: mask}, ghost.source, status=status):
            return False
        self._session.reject_proposal(key)
        return True

    def accept_range(self, first: int | None = None, last: int | None = None) -> tuple[int, int]:
        """Take over the ghosts of this recording and label from `first` to `last`, as one edit.

        Frames that were drawn on or decided since the ghost was made are left out, unless it is the frame
        on screen.

        Returns
        -------
        (int, int)
            How many were accepted, and how many left out.
        """
        session, here = self._session, self._session.key()
        if here is None:
            return 0, 0
        chosen = {}
        left = 0
        for frame, ghost in self.ghosts(here.recording_id, here.label).items():
            key = PlaneKey(here.recording_id, frame, here.label)
            if (first is not None and frame < first) or (last is not None and frame > last):
                continue
            if key == here or ghost.is_addition or self.is_free(key):
                chosen[key] = ghost
            else:
                left += 1
        if not chosen:
            return 0, left
        sources = list(dict.fromkeys(ghost.source for ghost in chosen.values()))
        masks = {key: session.mask(key) | ghost.mask for key, ghost in chosen.items()}
        name = EDITS[sources[0]] if len(sources) == 1 else "Accepted ghosts"
        if len(masks) == 1:
            name = name.removesuffix("s")
        if not session.push_masks(name, masks, sources[0]):
            return 0, left
        for key in chosen:
            session.reject_proposal(key)
        return len(chosen), left

    def accept_everything(self) -> bool:
        """Take over every ghost of the study nobody drew over, as one edit; return whether it was done."""
        session = self._session
        chosen = {key: one for key, one in self._ghosts.items() if self.may_accept(key)}
        masks = {key: session.mask(key) | ghost.mask for key, ghost in chosen.items()}
        sources = [ghost.source for ghost in chosen.values()]
        if masks and not session.push_masks("Accepted ghosts", masks, sources[0]):
            return False
        self.drop_everything()
        return True

    def drop_everything(self) -> None:
        """Let every ghost of the study go."""
        self._drop(self._ghosts)

    def drop(self) -> bool:
        """Let the ghost of the present plane go; return whether there was one."""
        key = self._session.key()
        if key is None or self.ghost(key) is None:
            return False
        self._session.reject_proposal(key)
        return True

    def drop_range(self, first: int | None = None, last: int | None = None) -> int:
        """Let the ghosts of this recording and label from `first` to `last` go; return how many."""
        here = self._session.key()
        if here is None:
            return 0
        frames = [
            frame
            for frame in self.ghosts(here.recording_id, here.label)
            if (first is None or frame >= first) and (last is None or frame <= last)
        ]
        for frame in frames:
            self._session.reject_proposal(PlaneKey(here.recording_id, frame, here.label))
        return len(frames)

    # what happens elsewhere

    def _proposal_changed(self, key: PlaneKey) -> None:
        ghost = self._ghosts.get(key)
        if not self._is_busy and ghost is not None and self._session.proposal(key) is not ghost.mask:
            del self._ghosts[key]
            self.changed.emit()

    def _status_changed(self, key: PlaneKey) -> None:
        """Let a ghost go where a person has decided that there shall be no mask."""
        decided = (Status.NOTHING_HERE, Status.IGNORED, Status.REJECTED)
        if key in self._ghosts and self._session.status(key) in decided:
            self._session.reject_proposal(key)

    def _drop(self, keys: Iterable[PlaneKey]) -> None:
        for key in list(keys):
            self._session.reject_proposal(key)
