"""The journal of a study read as the history of one plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import MaskPatch
from lusgui.core.geometry import Box
from lusgui.core.replay import Replay, ReplayStep
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_schema import IN_FORCE, journal, journal_patches

if TYPE_CHECKING:
    from typing import Any

    from lusgui.io.study import Study

_REMEDY = "Open a backup of the study"


def read_replay(study: Study, key: PlaneKey) -> Replay:
    """Return every edit in force that touched a plane, in the order in which they were made.

    Parameters
    ----------
    study : Study
        Whose journal.
    key : PlaneKey
        Frame and label.

    Raises
    ------
    StudyError
        If there is no such recording, or an edit in the file is damaged.
    """
    j, p = journal.c, journal_patches.c
    is_of_plane = and_(p.recording_id == key.recording_id, p.frame == key.frame, p.label == key.label)
    query = (
        select(journal_patches, j.name, j.source, j.rater, j.at)
        .join(journal, j.seq == p.seq)
        .where(is_of_plane, j.state.in_(IN_FORCE))
        .order_by(p.seq)
    )
    shape = study.journal.shape_of(key.recording_id)[1:]
    return Replay([_step(row, key, shape) for row in study.database.rows(query)], shape)


def _step(row: Any, key: PlaneKey, shape: tuple[int, int]) -> ReplayStep:  # noqa: ANN401
    patch = None
    if row.flipped is not None:
        corners = (row.row0, row.col0, row.row1, row.col1)
        box = Box(0, 0, 0, 0) if None in corners else Box(*corners)
        if box.is_empty or box.clipped(shape) != box:
            raise StudyError("an edit in it lies outside its frame", remedy=_REMEDY)
        patch = MaskPatch(key, box, unpack_mask(row.flipped, box.shape))
    try:
        status = None if row.status_after is None else Status(row.status_after)
    except ValueError as error:
        raise StudyError("a status in it is unknown", remedy=_REMEDY) from error
    return ReplayStep(row.seq, row.name, row.source, row.rater, row.at, patch, status)
