import math

import pytest
import torch

from training.engine.settings import TrainingError
from training.learning.course import WARM_UP, Course
from training.learning.resident import make_resident
from training.learning.settings import LEAST_STEPS, LearnSettings
from training.learning.tasks import WHOLE_VIEWS, Source, View, WholeTask

CPU = torch.device("cpu")


@pytest.fixture
def course(tiny, discs):
    def make(keep=None, judge=None, rate=1e-3, **values):
        network = tiny().network.requires_grad_(True)
        held = make_resident(discs(3), ("disc",), (40, 40), tiny().card)
        task = WholeTask(Source(held, None, (32, 32), WHOLE_VIEWS), 0.0, lambda gray: gray)
        settings = LearnSettings(**({"steps": 6, "precision": "float32"} | values))
        return Course(network, task, settings, rate, CPU, keep=keep, judge=judge)

    return make


def run(course, stop_after=None):
    told, rows = [], []
    walked = course.run(
        lambda step, steps, loss: told.append((step, steps, loss)),
        rows.append,
        lambda: stop_after is not None and len(told) >= stop_after,
    )
    return walked, told, rows


def same(a, b):
    return all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


def test_it_goes_to_its_end_and_says_so(course):
    walked, told, rows = run(course())
    assert [step for step, _, _ in told] == [1, 2, 3, 4, 5, 6]
    assert walked.step == walked.steps == 6
    assert not walked.stopped
    assert not walked.network.training
    assert walked.images_per_s > 0
    assert [row["step"] for row in rows] == [2, 3, 5, 6]
    assert all(math.isfinite(row["loss"]) for row in rows)


def test_the_same_seed_is_the_same_course(course):
    assert same(run(course())[0].network, run(course())[0].network)
    assert not same(run(course())[0].network, run(course(seed=1))[0].network)


def test_a_stopped_course_goes_on_to_the_very_same_weights(course, tmp_path):
    keep = tmp_path / "state.pt"
    whole, _, rows = run(course())
    stopped, _, _ = run(course(keep=keep), stop_after=3)
    assert stopped.stopped
    assert stopped.step == 3
    resumed, told, _ = run(course(keep=keep))
    assert [step for step, _, _ in told] == [4, 5, 6]
    assert same(resumed.network, whole.network)
    assert [row["step"] for row in resumed.history] == [row["step"] for row in rows]


def test_a_state_of_other_settings_is_left_alone(course, tmp_path):
    keep = tmp_path / "state.pt"
    run(course(keep=keep), stop_after=3)
    _, told, _ = run(course(keep=keep, seed=5))
    assert len(told) == 6


def test_a_damaged_state_is_refused(course, tmp_path):
    keep = tmp_path / "state.pt"
    keep.write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="cannot be read"):
        course(keep=keep)


def test_time_decides_the_steps_within_bounds(course):
    walked, told, _ = run(course(steps=None, minutes=1e-9))
    assert walked.step == LEAST_STEPS
    assert [steps for _, steps, _ in told[: WARM_UP - 1]] == [0] * (WARM_UP - 1)
    walked, _, _ = run(course(steps=None, minutes=100.0, most_steps=30))
    assert walked.step == 30


def test_the_first_steps_do_not_depend_on_how_many_follow(course):
    short, long = course(steps=None, minutes=1e-9), course(steps=400)
    for one in (short, long):
        assert one.go(WARM_UP, lambda *_: None, lambda: False)
    assert same(short.average, long.average)


def test_the_judge_sees_averaged_weights_and_the_base_first(course):
    seen = []

    def judge(network):
        assert not network.training
        seen.append(float(next(network.parameters()).sum()))
        return {"dice": 0.5}

    walked, _, rows = run(course(judge=judge))
    assert [row["step"] for row in rows] == [0, 2, 3, 5, 6]
    assert rows[0]["dice"] == 0.5
    assert math.isnan(rows[0]["loss"])
    assert len(set(seen)) == 5
    assert walked.history == tuple(rows)


def test_weights_are_held_to_the_base_where_wanted(course, tiny):
    start = tiny().network.state_dict()

    def distance(walked):
        pairs = zip(walked.network.state_dict().values(), start.values(), strict=True)
        return sum(float((a - b).square().sum()) for a, b in pairs)

    free, held = run(course())[0], run(course(pull=0.5))[0]
    assert distance(held) < 0.5 * distance(free)


def test_a_loss_that_is_no_number_ends_it(course, monkeypatch):
    broken = course()
    nothing = View(torch.full((1, 1, 32, 32), math.nan), torch.zeros(1, 1, 32, 32), torch.ones(1, 1))
    monkeypatch.setattr(WholeTask, "batch", lambda *_: nothing)
    with pytest.raises(TrainingError, match="no longer a number"):
        run(broken)


def test_nothing_to_learn_is_refused(course, tiny, discs):
    held = make_resident(discs(1), ("disc",), (40, 40), tiny().card)
    task = WholeTask(Source(held, None, (32, 32), WHOLE_VIEWS), 0.0, lambda gray: gray)
    with pytest.raises(TrainingError, match="frozen"):
        Course(tiny().network.requires_grad_(False), task, LearnSettings(steps=2), 1e-3, CPU)


def test_short_memory_backs_off_and_finishes(course, monkeypatch, caplog):
    plain = WholeTask.loss
    sizes = []

    def loss(self, network, batch):
        sizes.append(len(batch.images))
        if len(batch.images) > 1:
            raise torch.cuda.OutOfMemoryError("out of memory")
        return plain(self, network, batch)

    monkeypatch.setattr(WholeTask, "loss", loss)
    short = course(batch=4, steps=3)
    walked, _, _ = run(short)
    assert walked.step == 3
    assert short.part == 1
    assert sizes[:3] == [4, 2, 1]
    assert "out of memory" in caplog.text


def test_the_rate_is_higher_where_there_is_time_for_few_steps(course):
    rates = {}
    for steps in (6, 24, 96):
        one = course(steps=steps)
        one._rated_for = 24
        rates[steps] = one._highest()
    assert rates == {6: pytest.approx(2e-3), 24: pytest.approx(1e-3), 96: pytest.approx(1e-3)}
