import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.consensus import Consensus
from lusgui.io.study_join import join_studies

KEY = PlaneKey(1, 2, "rib")


def square(row, size=6):
    mask = np.zeros((24, 16), bool)
    mask[row : row + size, 4:10] = True
    return mask


@pytest.fixture
def joined(make_session, folder, tmp_path):
    """Return a session on the joined study of three readers, who differ on frames 2 and 4."""
    made = {"Ada": 4, "Bea": 6, "Cy": 4}
    paths = []
    for reader, row in made.items():
        session = make_session()
        session.rater = reader
        assert session.new_study(tmp_path / f"{reader}.lusgui")
        session.add_recordings([folder])
        session.run_hash_jobs()
        session.push_masks("x", {KEY: square(row), PlaneKey(1, 4, "rib"): square(2 * row)})
        session.push_masks("x", {PlaneKey(2, 0, "rib"): square(3)}, status=Status.ACCEPTED)
        if reader == "Ada":
            session.push_masks("x", {PlaneKey(3, 0, "rib"): square(3)})
        session.close_study()
        paths.append(tmp_path / f"{reader}.lusgui")
    session = make_session()
    assert session.open_study(join_studies(paths, tmp_path / "all").path)
    session.heard.clear()
    session.rater = "Jo"
    return session


def test_readers_and_their_agreement_are_shown(joined):
    judge = joined.adjudicating
    assert judge.readers == ("Ada", "Bea", "Cy")
    assert judge.has_readings
    assert joined.place == (1, 2)
    assert [one.reader for one in judge.readings(KEY)] == ["Ada", "Bea", "Cy"]
    first, second, third = judge.agreement(KEY)
    assert (second.first, second.second, second.dice, second.hd95) == ("Ada", "Cy", 1.0, 0.0)
    assert first.dice == pytest.approx(2 / 3)
    assert first.hd95 == pytest.approx(0.2)  # two rows of 0.1 mm
    assert first.is_mm
    assert third.dice == first.dice
    assert judge.disputed(KEY).sum() == 4 * 6
    assert judge.readings(PlaneKey(3, 0, "rib")) == ()
    assert judge.disputed(PlaneKey(3, 0, "rib")) is None
    assert judge.readings(None) == ()


def test_readers_are_not_compared_where_nobody_can_tell(joined):
    joined.ensure_label("ignore")
    nowhere = np.zeros((24, 16), bool)
    nowhere[:6] = nowhere[10:] = True
    joined.push_masks("x", {PlaneKey(1, 2, "ignore"): nowhere})
    first, _second, _third = joined.adjudicating.agreement(KEY)
    assert (first.dice, first.hd95) == (1.0, 0.0)
    joined.push_masks("x", {KEY: square(5)})
    assert {one.dice for one in joined.adjudicating.agreement_with(KEY)} == {1.0}


def test_what_is_ignored_is_not_disputed(joined):
    judge = joined.adjudicating
    assert judge.differing() == [KEY, PlaneKey(1, 4, "rib")]
    joined.ensure_label("ignore")
    nowhere = np.zeros((24, 16), bool)
    nowhere[:6] = nowhere[10:] = True
    joined.push_masks("x", {PlaneKey(1, 2, "ignore"): nowhere})
    assert not judge.disputed(KEY).any()
    assert judge.differing() == [PlaneKey(1, 4, "rib")]
    assert not judge.swap_region(5, 5)
    nowhere[10:] = False
    joined.push_masks("x", {PlaneKey(1, 2, "ignore"): nowhere})
    assert judge.disputed(KEY).sum() == 2 * 6
    assert KEY in judge.left()


def test_one_goes_through_what_is_left_to_decide(joined):
    judge = joined.adjudicating
    other = PlaneKey(1, 4, "rib")
    assert judge.left() == [KEY, other]
    assert judge.left("cerebellum") == []
    assert judge.go()
    assert joined.key() == other
    assert judge.go()
    assert joined.key() == KEY
    assert judge.go(-1)
    assert joined.key() == other
    assert judge.take("Bea")
    assert judge.left() == [KEY]
    joined.undo()
    assert judge.left() == [KEY, other]
    assert judge.agree_everywhere(Consensus.MAJORITY) == 2
    assert judge.left() == []
    assert not judge.go()
    assert judge.agree_everywhere(Consensus.MAJORITY) == 0
    assert np.array_equal(joined.mask(KEY), square(4))
    assert joined.undo_name.startswith("Majority on rib, 2 frames")
    joined.undo()
    assert not joined.mask(KEY).any()


def test_taking_a_readers_mask_is_a_third_annotation(joined):
    judge = joined.adjudicating
    joined.go_to(1, 2)
    joined.view.label = "rib"
    assert judge.take("Bea")
    assert np.array_equal(joined.mask(KEY), square(6))
    assert joined.study.annotation(KEY).rater == "Jo"
    assert joined.study.annotation(KEY).provenance["source"] == "reading:Bea"
    assert np.array_equal(judge.masks(KEY)["Ada"], square(4))  # the readings stay as they are
    assert not judge.take("Nobody")
    assert [one.dice for one in judge.agreement_with(KEY)] == pytest.approx([2 / 3, 1.0, 2 / 3])


@pytest.mark.parametrize("how", list(Consensus))
def test_consensus_of_one_frame_is_one_edit(joined, how):
    joined.go_to(1, 2)
    joined.view.label = "rib"
    assert joined.adjudicating.agree(how)
    wanted = square(4) | square(6) if how is Consensus.UNION else square(4)
    assert np.array_equal(joined.mask(KEY), wanted)
    assert joined.status(KEY) is Status.EDITED
    joined.undo()
    assert joined.status(KEY) is Status.UNTOUCHED


def test_disputed_regions_go_in_and_out_one_by_one(joined):
    judge = joined.adjudicating
    joined.go_to(1, 2)
    joined.view.label = "rib"
    judge.agree(Consensus.MAJORITY)
    assert judge.swap_region(11, 5)  # only Bea
    assert np.array_equal(joined.mask(KEY), square(4) | square(6))
    assert judge.swap_region(4, 5)  # only Ada and Cy
    assert np.array_equal(joined.mask(KEY), square(6))
    assert judge.swap_region(11, 5)
    assert not judge.swap_region(8, 5)  # all agree
    assert not judge.swap_region(99, 5)
    assert not judge.swap_region(0, 0)


def test_an_ordinary_study_has_nothing_to_adjudicate(session):
    judge = session.adjudicating
    assert not judge.has_readings
    assert judge.readers == ()
    assert not judge.go()
    assert not judge.take("Ada")
    assert not judge.agree(Consensus.STAPLE)
    assert not judge.swap_region(1, 1)
    heard = []
    judge.changed.connect(lambda: heard.append(judge.is_shown))
    judge.show()
    judge.show()
    judge.show(False)
    assert heard == [True, False]


def test_readers_who_say_nothing_is_here_make_nothing_here(make_session, folder, tmp_path):
    for number, reader in enumerate(("Ada", "Bea", "Cy")):
        session = make_session()
        session.rater = reader
        session.new_study(tmp_path / f"{reader}.lusgui")
        session.add_recordings([folder])
        session.run_hash_jobs()
        if number < 2:
            session.set_status(KEY, Status.NOTHING_HERE)
            session.set_status(PlaneKey(1, 3, "rib"), Status.REJECTED)
        else:
            session.push_masks("x", {KEY: square(4), PlaneKey(1, 3, "rib"): square(4)})
        session.close_study()
    session = make_session()
    paths = [tmp_path / f"{reader}.lusgui" for reader in ("Ada", "Bea", "Cy")]
    session.open_study(join_studies(paths, tmp_path / "all").path)
    assert session.adjudicating.agree_everywhere(Consensus.MAJORITY) == 2
    assert session.status(KEY) is Status.NOTHING_HERE
    assert session.status(PlaneKey(1, 3, "rib")) is Status.REJECTED
