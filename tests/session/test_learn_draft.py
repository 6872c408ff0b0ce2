from lusgui.core.learning.job import LearnRecording
from lusgui.session.learn_draft import choose_to_rate


def recording(number, frames):
    return LearnRecording(number, "a", "/a", None, None, None, 0, frames, (4, 4))


def test_frames_that_nobody_reviewed_are_rated():
    chosen = choose_to_rate([recording(1, 3), recording(2, 2)], {(1, 1)})
    assert chosen == ((1, 0), (1, 2), (2, 0), (2, 1))


def test_of_long_studies_every_so_manieth():
    chosen = choose_to_rate([recording(1, 1000), recording(2, 500)], set(), most=100)
    assert len(chosen) == 67 + 34
    assert chosen[:2] == ((1, 0), (1, 15))
    assert choose_to_rate([], set()) == ()
