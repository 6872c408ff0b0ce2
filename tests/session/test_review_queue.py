import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box
from lusgui.core.rib_shadow import Hint, Oddity
from lusgui.session.review_queue import Reason


def key(frame, recording_id=1, label="rib"):
    return PlaneKey(recording_id, frame, label)


def test_frames_wait_for_their_reasons(session):
    session.review.flag(key(4))
    session.review.flag(key(1, 2, "cerebellum"))
    session.review.flag(key(2))
    session.review.comment(key(3), "what is this?")
    session.set_status(key(5), Status.REJECTED)
    session.stroke(key(0), Box(1, 1, 3, 3), np.ones((2, 2), bool), True)
    box = Box(0, 0, 2, 2)
    session.rib_checks.take({key(0): (Hint(Oddity.NO_SHADOW, box),), key(1, 3): (Hint(Oddity.NO_RIB, box),)})
    queue = session.review_queue
    assert queue.counts() == {
        Reason.FLAGGED: 3,
        Reason.COMMENTED: 1,
        Reason.DIFFERS: 0,
        Reason.NO_SHADOW: 1,
        Reason.NO_RIB: 1,
        Reason.EDITED: 1,
        Reason.REJECTED: 1,
    }
    assert queue.keys(Reason.FLAGGED) == [key(2), key(4), key(1, 2, "cerebellum")]


def test_one_goes_from_frame_to_frame_round_and_back(session):
    session.go_to(1, 3)
    session.view.label = "rib"
    queue = session.review_queue
    assert not queue.go()
    for wanted in (key(2), key(4), key(1, 2, "cerebellum")):
        session.review.flag(wanted)
    assert queue.go()
    assert session.key() == key(4)
    assert queue.go()
    assert session.key() == key(1, 2, "cerebellum")
    assert queue.go()
    assert session.key() == key(2)
    assert queue.go(-1)
    assert session.key() == key(1, 2, "cerebellum")
    session.review.unflag(session.key())  # dealt with: it waits no more
    assert queue.go()
    assert session.key() == key(2)
    assert not queue.go(reason=Reason.REJECTED)
    assert queue.reason is Reason.REJECTED


def test_reviewed_frames_wait_all_the_same(session):
    session.set_status(key(2), Status.ACCEPTED)
    session.review.flag(key(2))
    session.go_to(2, 0)
    assert session.review_queue.go(reason=Reason.FLAGGED)
    assert session.key() == key(2)
