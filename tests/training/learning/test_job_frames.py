import numpy as np
import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.base.errors import LearnError
from lusgui.core.annotation import Status
from training.learning.job_frames import mapping_of, read_frames, read_grays


def never():
    return False


@pytest.fixture
def two(tmp_path):
    """Two recordings: an edited frame with doubt and an empty one; an accepted one."""
    made = []
    for number in (1, 2):
        clip, masks = draw_clip(4, seed=number)
        made.append((write_clip(tmp_path / f"clip{number}.tiff", clip), clip, masks))
    doubt = np.zeros((64, 64), bool)
    doubt[:4] = True
    job = make_run(
        tmp_path / "run",
        [
            (made[0][0], made[0][2], {3: Status.EDITED, 1: Status.NOTHING_HERE}),
            (made[1][0], made[1][2], {0: Status.ACCEPTED}),
        ],
        ignored={(1, 3): doubt},
        suggest_from=((1, 0), (2, 3)),
    )
    return job, tmp_path / "run", made, doubt


def test_reviewed_frames_come_with_their_masks_in_order(two):
    job, folder, made, doubt = two
    found = read_frames(job, folder, pytest.fail, never)
    assert found.places == ((1, 1), (1, 3), (2, 0))
    assert [sample.group for sample in found.samples] == ["recording 1", "recording 1", "recording 2"]
    assert not found.samples[0].masks["disc"].any()  # nothing here
    assert np.array_equal(found.samples[1].masks["disc"], made[0][2][3])
    assert np.array_equal(found.samples[1].frame, made[0][1][3])
    assert np.array_equal(found.samples[1].ignored, doubt)
    assert found.find((2, 0)) is found.samples[2]
    assert found.find((2, 9)) is None


def test_a_recording_that_is_gone_is_left_out_and_said(two):
    job, folder, made, _ = two
    made[1][0].unlink()
    said = []
    found = read_frames(job, folder, said.append, never)
    assert found.places == ((1, 1), (1, 3))
    assert "'clip2' is left out" in said[0]
    made[0][0].unlink()
    with pytest.raises(LearnError, match="none of the recordings"):
        read_frames(job, folder, said.append, never)


def test_a_mask_that_is_not_the_one_drawn_is_refused(two):
    job, folder, _, _ = two
    (folder / "masks.npz").write_bytes(b"other")
    with pytest.raises(LearnError, match="masks"):
        read_frames(job, folder, pytest.fail, never)


def test_it_stops_between_frames(two):
    job, folder, _, _ = two
    assert read_frames(job, folder, pytest.fail, lambda: True).samples == ()


def test_frames_to_be_rated_are_gray(two):
    job, _, made, _ = two
    made[1][0].unlink()
    said = []
    grays = list(read_grays(job, job.suggest_from, 60.0, said.append))
    assert [(one[0], one[1]) for one in grays] == [(1, 0)]
    assert grays[0][2].dtype == np.float32
    assert 0 <= grays[0][2].min() <= grays[0][2].max() <= 1
    assert len(said) == 1


def test_a_mapping_without_sense_is_refused(two):
    from dataclasses import replace

    job = two[0]
    with pytest.raises(LearnError, match="makes no sense"):
        mapping_of(replace(job.recordings[0], mapping={"low": 0}), None)
