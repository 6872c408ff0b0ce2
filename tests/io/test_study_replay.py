import contextlib
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, key, make

from lusgui.base.errors import StudyError
from lusgui.core.annotation import Status
from lusgui.io.study import Study
from lusgui.io.study_join import join_studies
from lusgui.io.study_replay import read_replay


@pytest.fixture
def study(tmp_path):
    with make(tmp_path / "a.lusgui") as made:
        draw(made, key(0), disk(6, 5), "Ada")
        draw(made, key(1), disk(6, 5), "Ada")
        draw(made, key(0), disk(6, 5) | disk(12, 5), "Bea", name="Lasso")
        draw(made, key(0), disk(0, 0), "Bea", name="A mistake")
        made.undo()
        draw(made, key(0), disk(6, 5) | disk(12, 5), "Ada", Status.ACCEPTED, name="Accept")
        yield made


def test_the_strokes_of_a_plane_come_in_their_order(study):
    replay = read_replay(study, key(0))
    assert [step.name for step in replay.steps] == ["Brush", "Lasso", "Accept"]
    assert [step.rater for step in replay.steps] == ["Ada", "Bea", "Ada"]
    assert [step.status for step in replay.steps] == [Status.EDITED, None, Status.ACCEPTED]
    assert np.array_equal(replay.mask_after(1), disk(6, 5))
    assert np.array_equal(replay.mask_after(3), study.mask(key(0)))
    assert len(read_replay(study, key(3))) == 0


def test_strokes_that_were_joined_are_replayed_too(study, tmp_path):
    with make(tmp_path / "b.lusgui") as other:
        draw(other, key(2), disk(5, 5), "Cy")
    with Study.open(join_studies([study.path, other.path], tmp_path / "c").path) as both:
        draw(both, key(0), disk(3, 3), "Jo", name="Later")
        replay = read_replay(both, key(0))
        assert [step.name for step in replay.steps] == ["Brush", "Lasso", "Accept", "Later"]
        assert np.array_equal(replay.mask_after(4), disk(3, 3))


@pytest.mark.parametrize("harm", ["row1 = 99", "row0 = NULL", "flipped = x'00'", "status_after = 'what'"])
def test_a_damaged_history_is_said_to_be_damaged(study, harm):
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(f"UPDATE journal_patches SET {harm} WHERE seq = 1")
        raw.commit()
    with Study.open(study.path) as again, pytest.raises(StudyError):
        read_replay(again, key(0))


def test_a_recording_that_is_not_there(study):
    with pytest.raises(StudyError, match="no recording"):
        read_replay(study, key(0, recording_id=7))
