from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.status import RunState
from lusgui.runtime.learning.swap import ModelSwap
from lusgui.runtime.live import LiveSegmentation

# a model learnt here answers 0.9 everywhere, any other 0.2; frames whose number is named are not answered
ANSWER = """
say(Ready("cpu", "CPU"))
for m in messages():
    if not isinstance(m, Predict):
        continue
    learnt = ".run" in m.key.model_version
    if learnt and BROKEN:
        say(Failed(m.request_id, "The weights make no sense."))
        continue
    if learnt and SLOW:
        time.sleep(SLOW)
    value = 0.9 if learnt else 0.2
    say(Probability(m.request_id, m.key, np.full(m.frame.shape, value, np.float32), 1.0))
"""


@pytest.fixture
def window(session, reviewed, supervisor, make_client, fake_worker, qtbot):
    """Return a function that gives live segmentation with a swap, the first frame answered."""
    made = []

    def make(*, broken=False, slow=0.0):
        body = f"BROKEN, SLOW = {broken}, {slow}\n" + ANSWER
        live = LiveSegmentation(session, client=make_client(fake_worker(body)))
        swap = ModelSwap(session, live)
        made.append((live, swap))
        live.choose_default_models()
        session.go_to(reviewed, 7)
        live.refresh()
        qtbot.waitUntil(lambda: value_shown(session) == 0.2, timeout=10_000)
        return live, swap

    yield make
    for live, swap in made:
        swap.shutdown()
        swap.shutdown()
        live.shutdown()


def value_shown(session):
    place = session.place
    answer = session.prediction(PlaneKey(*place, "rib"))
    return None if answer is None else round(float(answer[0, 0]), 1)


def learn(supervisor, qtbot, times=1):
    for _ in range(times):
        assert supervisor.start(("rib",))
        qtbot.waitUntil(
            lambda: supervisor.status.state is RunState.FINISHED and not supervisor.is_running, timeout=20_000
        )


def test_the_overlay_changes_at_once_to_the_answer_of_the_new_model(window, session, supervisor, qtbot):
    live, swap = window(slow=0.3)
    learn(supervisor, qtbot)
    assert swap.waiting == ("rib",)
    assert value_shown(session) == 0.2  # the old one answers until the new one has
    shown = []
    session.prediction_changed.connect(lambda *place: shown.append(value_shown(session)))
    qtbot.waitUntil(lambda: not swap.waiting, timeout=10_000)
    assert None not in shown  # and no moment was without an overlay
    assert shown[-1] == 0.9
    assert live.model_card("rib").key == session.models.active("rib").key
    session.go_to(session.place[0], 8)
    qtbot.waitUntil(lambda: value_shown(session) == 0.9, timeout=10_000)
    assert session.problems == []


def test_an_open_stroke_holds_the_change_back(window, session, supervisor, qtbot):
    live, swap = window()
    session.set_stroke_open(True)
    before = live.model_card("rib").key
    learn(supervisor, qtbot)
    qtbot.wait(300)
    assert swap.waiting == ("rib",)
    assert live.model_card("rib").key == before
    assert value_shown(session) == 0.2
    session.set_stroke_open(False)
    assert value_shown(session) == 0.9
    assert swap.waiting == ()


def test_accepted_masks_stay_as_they_are(window, session, supervisor, reviewed, qtbot):
    _, swap = window()
    before = {frame: np.array(session.mask(PlaneKey(reviewed, frame, "rib"))) for frame in range(12)}
    learn(supervisor, qtbot)
    qtbot.waitUntil(lambda: not swap.waiting, timeout=10_000)
    for frame, mask in before.items():
        assert np.array_equal(session.mask(PlaneKey(reviewed, frame, "rib")), mask)
    assert session.status(PlaneKey(reviewed, 0, "rib")) is Status.ACCEPTED


def test_a_model_that_gives_no_answer_is_not_used_and_taken_back(window, session, supervisor, qtbot):
    live, swap = window(broken=True)
    before = live.model_card("rib").key
    learn(supervisor, qtbot)
    qtbot.waitUntil(lambda: bool(session.problems), timeout=10_000)
    assert session.problems[0].title == "The new model is not used"
    qtbot.waitUntil(lambda: not swap.waiting, timeout=10_000)
    assert live.model_card("rib").key == before
    assert session.models.active("rib") is None
    assert value_shown(session) == 0.2


def test_rolling_back_shows_the_old_answer_at_once(window, session, supervisor, qtbot):
    live, swap = window()
    learn(supervisor, qtbot)
    qtbot.waitUntil(lambda: value_shown(session) == 0.9, timeout=10_000)
    assert session.models.roll_back("rib") is None
    assert value_shown(session) == 0.2
    version = session.models.versions("rib")[0]
    assert session.models.promote(version.id)
    assert value_shown(session) == 0.9
    assert swap.waiting == ()
    assert live.model_card("rib").key == version.key


def test_stepping_on_while_the_new_model_loads_loses_nothing(window, session, supervisor, qtbot):
    live, swap = window(slow=0.2)
    learn(supervisor, qtbot)
    session.go_to(session.place[0], 3)
    live.client.cancel_all()
    qtbot.waitUntil(lambda: value_shown(session) == 0.9, timeout=10_000)
    assert swap.waiting == ()
    assert session.problems == []


def test_another_study_answers_with_its_own_models(window, session, supervisor, qtbot, tmp_path):
    live, swap = window()
    learn(supervisor, qtbot)
    qtbot.waitUntil(lambda: not swap.waiting, timeout=10_000)
    path, learnt = session.study_path, live.model_card("rib").key
    assert session.new_study(tmp_path / "other.lusgui")
    live.choose_default_models()
    assert live.model_card("rib").key != learnt
    assert session.open_study(path)
    live.choose_default_models()
    assert live.model_card("rib").key == learnt
