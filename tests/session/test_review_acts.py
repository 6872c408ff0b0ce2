import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.consensus import Consensus
from lusgui.io.study_join import join_studies
from lusgui.session import review_acts
from lusgui.session.commands import COMMANDS
from lusgui.session.review_queue import Reason

KEY = PlaneKey(1, 0, "rib")


class Desk:
    """Writes down what commands ask of the window."""

    def __init__(self, session):
        self.session = session
        self.said, self.asked = [], []

    def say(self, text):
        self.said.append(text)

    def ask(self, what):
        self.asked.append(what)


@pytest.fixture
def desk(session):
    session.view.label = "rib"
    return Desk(session)


def usable(session):
    return {c.id for c in COMMANDS if c.group == "Review" and c.enabled_when(session)}


def test_the_flag_goes_up_and_down(desk):
    review_acts.flag(desk)
    assert review_acts.is_flagged(desk.session)
    assert "Frame 1 is flagged" in desk.said[0]
    review_acts.flag(desk)
    assert not review_acts.is_flagged(desk.session)
    assert "Ctrl+Z" in desk.said[1]


def test_one_reader_alone_is_asked_for_another(desk):
    review_acts.adjudicate(desk)
    assert desk.asked == ["merge"]
    review_acts.agree(Consensus.STAPLE)(desk)
    assert "Fewer than two" in desk.said[-1]
    review_acts.take_reader(0)(desk)
    review_acts.go_to_dispute(1)(desk)
    assert "decided" in desk.said[-1]


def test_the_queue_says_when_nothing_waits(desk):
    review_acts.go_through_queue(1)(desk)
    assert "Nothing waits as “flagged”" in desk.said[-1]
    desk.session.review.flag(PlaneKey(2, 3, "rib"))
    review_acts.go_through_queue(1)(desk)
    assert desk.session.place == (2, 3)
    assert desk.session.review_queue.reason is Reason.FLAGGED


def test_readers_of_a_joined_study(make_session, folder, tmp_path):
    for number, reader in enumerate(("Ada", "Bea")):
        session = make_session()
        session.rater = reader
        session.new_study(tmp_path / f"{reader}.lusgui")
        session.add_recordings([folder])
        session.run_hash_jobs()
        mask = np.zeros((24, 16), bool)
        mask[4 + number : 9, 3:8] = True
        session.push_masks("x", {KEY: mask})
        session.close_study()
    session = make_session()
    session.open_study(join_studies([tmp_path / "Ada.lusgui", tmp_path / "Bea.lusgui"], tmp_path / "c").path)
    desk = Desk(session)
    session.step(3)
    review_acts.adjudicate(desk)
    assert session.adjudicating.is_shown
    assert session.key() == KEY
    review_acts.take_reader(1)(desk)
    assert np.array_equal(session.mask(KEY), mask)
    review_acts.take_reader(1)(desk)
    assert "taken already" in desk.said[-1]
    review_acts.take_reader(5)(desk)
    review_acts.agree(Consensus.UNION)(desk)
    assert session.mask(KEY).sum() == mask.sum() + 5
    review_acts.adjudicate(desk)
    assert not session.adjudicating.is_shown
    review_acts.adjudicate(desk)
    assert "decided" in desk.said[-1]
    assert {"review.take1", "review.take2", "review.majority", "review.agree_all"} <= usable(session)
    assert "review.take3" not in usable(session)
    titles = {c.id: c.title_now(session) for c in COMMANDS}
    assert titles["review.take2"] == "Take Bea's mask"
