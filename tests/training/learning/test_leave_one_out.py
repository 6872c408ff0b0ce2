import pytest

from training.learning.judging import Judged
from training.learning.leave_one_out import FULL_SHARE, ROUNDS, _choose, _Round, leave_one_out
from training.learning.settings import LEAST_STEPS, LearnSettings
from training.learning.tuner import Tuner

SETTINGS = LearnSettings(steps=6, precision="float32", device="cpu", replay=0.0)


def run(tuner, left_out=(0, 1, 2), stop_after=None, **values):
    told, rounds = [], []
    found = leave_one_out(
        tuner,
        left_out,
        on_round=rounds.append,
        on_step=lambda *step: told.append(step),
        stop=lambda: stop_after is not None and len(told) >= stop_after,
        **values,
    )
    return found, told, rounds


def test_each_frame_is_judged_by_a_network_that_did_not_learn_it(tiny, discs, monkeypatch):
    chosen = []
    plain = Tuner.course

    def course(self, members=None, **values):
        chosen.append(None if members is None else list(members))
        return plain(self, members, **values)

    monkeypatch.setattr(Tuner, "course", course)
    found, told, rounds = run(Tuner(tiny(), discs(3), SETTINGS))
    assert chosen == [None, [1, 2], [0, 2], [0, 1]]
    assert [row.name for row in found.rows] == ["recording 1 0", "recording 1 1", "recording 1 2"]
    assert [step for step, _, _ in told] == list(range(1, 25))
    assert {steps for _, steps, _ in told} == {24}
    assert [row["step"] for row in rounds] == [2, 4, 6]
    assert found.total_steps == 24
    assert not found.stopped


def test_the_network_that_is_kept_gets_more_of_the_time(tiny, discs):
    settings = SETTINGS.__class__(minutes=0.05, most_steps=90, replay=0.0, device="cpu")
    found, told, rounds = run(Tuner(tiny(), discs(2), settings), (0, 1), minutes=5.0)
    assert found.steps == 90
    assert len(told) == found.total_steps == 90 + 2 * 90 // FULL_SHARE
    assert told[-1][:2] == (150, 150)
    assert [row["step"] for row in rounds] == [30, 60, 90]


def test_the_time_is_shared(tiny, discs):
    found, told, _ = run(
        Tuner(tiny(), discs(2), SETTINGS.__class__(minutes=1e-9, replay=0.0, device="cpu")),
        (0, 1),
        minutes=1e-9,
    )
    assert found.steps == LEAST_STEPS
    assert len(told) == 3 * LEAST_STEPS


def test_whoever_stops_has_a_model_and_the_rounds_so_far(tiny, discs):
    found, told, rounds = run(Tuner(tiny(), discs(3), SETTINGS), stop_after=10)
    assert found.stopped
    assert len(told) == 10
    assert len(rounds) == 1
    assert found.step == 2
    assert len(found.rows) == 3


def test_stopped_before_any_judgement_nobody_can_say_how_good_it_is(tiny, discs):
    found, _, rounds = run(Tuner(tiny(), discs(3), SETTINGS), stop_after=1)
    assert found.rows == ()
    assert rounds == []
    assert found.step == 1


@pytest.mark.parametrize(
    ("dices", "chosen"), [((0.2, 0.5, 0.5), 2), ((0.6, 0.7, 0.695), 2), ((0.3, 0.8, 0.4), 1)]
)
def test_the_latest_round_that_none_is_clearly_better_than(tiny, dices, chosen):
    model = tiny()
    rounds = [
        _Round(step, (Judged("a", "g", "disc", dice, True, None, "px", 0),), model, ())
        for step, dice in enumerate(dices)
    ]
    assert len(rounds) == ROUNDS
    assert _choose(rounds).step == chosen
    assert _choose([]) is None
