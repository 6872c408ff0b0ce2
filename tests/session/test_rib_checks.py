import numpy as np
import pytest

from lusgui.base.errors import CancelledError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.intensity import DisplayMapping
from lusgui.core.progress import no_progress
from lusgui.core.recording import Intensity
from lusgui.core.rib_shadow import Oddity

SHAPE = (120, 80)


def bar(col):
    mask = np.zeros(SHAPE, bool)
    mask[30:34, col : col + 20] = True
    return mask


@pytest.fixture
def chest(make_session, tmp_path):
    """Return a session on a clip of two frames with one rib, which casts a shadow, each."""
    frames = np.full((2, *SHAPE), 150, np.uint8)
    frames[:, 34:, 10:30] = 40
    frames[:, 30:34, 10:30] = 250
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "chest.npy", frames)
    session = make_session()
    (recording_id,) = session.add_recordings([tmp_path / "in" / "chest.npy"])
    session.set_mapping(recording_id, DisplayMapping(Intensity.DISPLAY, 0.0, 255.0))
    session.run_hash_jobs()
    session.push_masks("x", {PlaneKey(1, 0, "rib"): bar(10), PlaneKey(1, 1, "rib"): bar(50)})
    session.go_to(1, 0)
    return session


def test_all_that_was_drawn_is_looked_at(chest):
    checks, heard = chest.rib_checks, []
    checks.changed.connect(lambda: heard.append(checks.has_run))
    assert not checks.has_run
    assert checks.places(Oddity.NO_SHADOW) == []
    look = checks.prepare()
    checks.take(look(no_progress))
    assert checks.has_run
    assert checks.places(Oddity.NO_SHADOW) == [PlaneKey(1, 1, "rib")]
    assert checks.places(Oddity.NO_RIB) == []  # no rib there has a shadow to compare with
    assert heard == [True]
    chest.push_masks("x", {PlaneKey(1, 1, "rib"): bar(10)})
    assert checks.places(Oddity.NO_SHADOW) == []
    chest.close_study()
    assert not checks.has_run


def test_one_frame_is_looked_at_with_what_is_on_screen(chest):
    gray = np.full(SHAPE, 0.6, np.float32)
    (hint,) = chest.rib_checks.check((1, 0), gray)
    assert hint.kind is Oddity.NO_SHADOW
    assert chest.rib_checks.check((1, 0), None) == ()
    assert chest.rib_checks.check((1, 0), gray[:-1]) == ()  # of another frame


def test_drawn_shadows_go_before_the_picture_and_need_no_file(chest, tmp_path):
    shadow = chest.add_label("Shadow")
    assert chest.rib_checks.shadow_label() == shadow.key
    mask = np.zeros(SHAPE, bool)
    mask[40:, 52:68] = True
    chest.push_masks("x", {PlaneKey(1, 1, shadow.key): mask, PlaneKey(1, 0, shadow.key): mask})
    (tmp_path / "in" / "chest.npy").unlink()
    checks = chest.rib_checks
    checks.take(checks.prepare()(no_progress))
    assert checks.places(Oddity.NO_RIB) == [PlaneKey(1, 0, "rib")]
    assert checks.places(Oddity.NO_SHADOW) == [PlaneKey(1, 0, "rib")]


def test_rejected_frames_are_left_aside_and_the_look_can_be_stopped(chest):
    chest.set_status(PlaneKey(1, 1, "rib"), Status.REJECTED)
    assert chest.rib_checks.prepare()(no_progress) == {}

    def stop(done, total, text=""):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        chest.rib_checks.prepare()(stop)


def test_without_ribs_there_is_nothing_to_look_at(make_session):
    session = make_session()
    assert session.rib_checks.prepare() is None
    assert session.rib_checks.check((1, 0), None) == ()
    assert session.rib_checks.shadow_label() is None
