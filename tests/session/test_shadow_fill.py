import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.rib_shadow import Hint, Oddity
from training.simulate.sector import Sector


@pytest.fixture
def chest(make_session, tmp_path, write_recording):
    """Return a session that looks at a frame with two ribs."""
    session = make_session()
    session.add_recordings([write_recording(tmp_path / "in" / "chest.npy", shape=(60, 30))])
    session.run_hash_jobs()
    session.go_to(1, 0)
    session.view.label = "rib"
    ribs = np.zeros(session.mask(session.key("rib")).shape, bool)
    ribs[10:12, 4:10] = ribs[10:12, 20:26] = True
    session.push_masks("x", {session.key("rib"): ribs})
    return session


def gray_of(session):
    return np.full(session.mask(session.key("rib")).shape, 0.5, np.float32)


def test_a_ghost_until_it_is_accepted_and_one_edit(chest):
    gray = gray_of(chest)
    assert chest.shadow_fill.can_offer()
    assert "accepts it" in chest.shadow_fill.offer(gray)
    key = chest.key("ignore")
    assert chest.view.label == "ignore"
    assert not chest.mask(key).any()
    ghost = chest.times.ghost(key)
    assert ghost.mask[12:, 4:10].all()
    assert not ghost.mask[:, 12:18].any()
    assert chest.times.accept(key)
    assert chest.view.label == "rib"
    assert np.array_equal(chest.mask(key), ghost.mask)
    assert chest.undo_name.startswith("Filled shadow on ignore")
    assert chest.undo()
    assert not chest.mask(key).any()


def test_what_is_dropped_was_never_there(chest):
    chest.shadow_fill.offer(gray_of(chest))
    chest.times.drop()
    assert chest.view.label == "rib"
    assert not chest.mask(chest.key("ignore")).any()
    assert chest.undo_name.startswith("x on rib")


def test_one_rib_alone_and_a_shadow_without_rib(chest):
    gray = gray_of(chest)
    chest.shadow_fill.offer(gray, Hint(Oddity.NO_SHADOW, Box(10, 20, 12, 26)))
    ghost = chest.times.ghost(chest.key("ignore")).mask
    assert ghost[12:, 20:26].all()
    assert not ghost[:, :12].any()
    chest.times.drop()
    chest.shadow_fill.offer(gray, Hint(Oddity.NO_RIB, Box(15, 13, 30, 17)))
    ghost = chest.times.ghost(chest.key("ignore")).mask
    assert ghost[16:, 13:17].all()
    assert ghost.sum() == ghost[16:, 13:17].size


def test_what_people_drew_is_not_ignored(chest):
    pleura = chest.add_label("Pleura").key
    chest.view.label = "rib"
    drawn = np.zeros(gray_of(chest).shape, bool)
    drawn[20:22] = True
    chest.push_masks("y", {chest.key(pleura): drawn})
    chest.shadow_fill.offer(gray_of(chest))
    assert not (chest.times.ghost(chest.key("ignore")).mask & drawn).any()
    chest.times.accept(chest.key("ignore"))
    assert "already" in chest.shadow_fill.offer(gray_of(chest))


def test_reasons_for_no_ghost(chest):
    assert "not read" in chest.shadow_fill.offer(None)
    shape = gray_of(chest).shape
    sector = Sector((-10.0, shape[1] * 0.9), 12.0, 100.0, 0.6)
    half = np.where(sector.covers(shape), np.float32(0.5), np.float32(0))
    assert "fan" in chest.shadow_fill.offer(half)
    chest.step(1)
    assert not chest.shadow_fill.can_offer()
    assert "No rib" in chest.shadow_fill.offer(gray_of(chest))
    assert chest.times.count == 0


def test_nothing_open(make_session):
    empty = make_session()
    assert not empty.shadow_fill.can_offer()
    assert empty.shadow_fill.offer(None)
    assert PlaneKey(1, 0, "ignore") not in empty.times.keys
