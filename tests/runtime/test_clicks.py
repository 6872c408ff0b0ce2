from __future__ import annotations

import numpy as np
import psutil
import pytest

from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.click.question import ClickQuestion, FrameKey
from lusgui.runtime import clicks as module
from lusgui.runtime.clicks import ClickClient
from lusgui.runtime.inference import WorkerState

ANSWER_ALL = """
say(EngineReady("fake", bool(model)))
for m in messages():
    if isinstance(m, OpenFrame):
        take(m)
    elif isinstance(m, ShowFrame):
        say(Embedded(m.frame_id, 0.0, 1))
    elif isinstance(m, Ask):
        answer(m)
"""
# answers a question only when the next one, or a withdrawal, has come
HOLD = """
say(EngineReady("fake", False))
held = []
for m in messages():
    if isinstance(m, OpenFrame):
        take(m)
    elif isinstance(m, Ask):
        held.append(m)
    if isinstance(m, (Cancel, ShowFrame)):
        while held:
            answer(held.pop(0))
"""


def gray(value=0.5, shape=(6, 5)):
    return np.full(shape, value, np.float32)


def key(frame=0):
    return FrameKey(1, frame)


def question(token, frame=0, *, marks=1, is_preview=False, previous=None):
    prompt = ClickPrompt()
    for number in range(marks):
        prompt = prompt.with_click(number % 6 + 0.5, 0.5)
    return ClickQuestion(token, key(frame), prompt, previous, is_preview)


class Log:
    """Everything a client says."""

    def __init__(self, client):
        self.answers, self.lost, self.ready, self.states, self.problems = [], [], [], [], []
        self.frames, self.values = [], []
        client.answer_ready.connect(self._answered)
        client.lost.connect(self.lost.append)
        client.ready_changed.connect(self.ready.append)
        client.status_changed.connect(lambda status: self.states.append(status.state))
        client.problem.connect(self.problems.append)

    def _answered(self, token, frame_key, answer):
        self.answers.append(token)
        self.frames.append(frame_key)
        self.values.append((round(float(answer.probability[0, 0]), 3), answer.seconds))


@pytest.fixture
def make(qtbot):
    clients = []

    def do(program=None, *, find=lambda: None, **options):
        client = ClickClient(program=program, find=find, pauses_ms=(10, 20, 30), **options)
        clients.append(client)
        return client

    yield do
    for client in clients:
        client.shutdown()


@pytest.fixture
def ready(make, fake_clicker, qtbot):
    """Return a function that makes a client with frame 0 open and embedded, and its log."""

    def do(body=ANSWER_ALL, **options):
        client = make(fake_clicker(body), **options)
        log = Log(client)
        client.open(key(), gray())
        qtbot.waitUntil(lambda: client.is_ready, timeout=20_000)
        return client, log

    return do


def test_nothing_runs_until_a_frame_is_opened_and_it_ends_without_a_trace(make, fake_clicker, qtbot):
    client = make(fake_clicker(ANSWER_ALL))
    log = Log(client)
    client.ask(question(1))
    client.prefetch([(key(1), gray(), 1.0)])
    client.cancel()
    client.rest()
    client.forget()
    assert (client.pid, client.status.state, log.lost) == (0, WorkerState.OFF, [1])
    client.open(key(), gray(0.25))
    client.ask(question(2))  # waits for the embedding
    qtbot.waitUntil(lambda: log.answers == [2], timeout=20_000)
    assert log.values == [(0.25, 1.0)]
    assert log.frames == [key()]
    assert log.ready == [True]
    assert log.states[0] is WorkerState.STARTING
    assert client.status.state is WorkerState.READY
    assert client.status.device == "fake"
    assert not client.has_model
    pid = client.pid
    client.shutdown()
    client.shutdown()
    assert not psutil.pid_exists(pid)
    assert (client.pid, client.is_ready, client.frame_key, log.problems) == (0, False, None, [])


def test_the_newest_click_counts_and_the_others_are_lost(ready, qtbot):
    client, log = ready(HOLD)
    client.ask(question(1))
    client.ask(question(2, marks=2))
    assert log.lost == [1]
    client.ask(question(3, marks=3))
    assert log.lost == [1, 2]
    client.open(key(), gray())  # nothing changes
    client.prefetch([(key(9), gray(0.9), 1.0)])
    client.open(key(9), gray(0.9))
    assert log.lost == [1, 2, 3]  # asked about the frame that was left
    client.ask(question(4, 9))
    client.open(key(), gray())
    qtbot.wait(100)
    assert (log.answers, log.lost) == ([], [1, 2, 3, 4])  # whatever came late was about something else
    client.ask(question(5))
    client.open(key(), gray())
    client.cancel()
    assert log.lost[-1] == 5


def test_stepping_to_another_frame_in_the_middle_of_a_click_brings_no_answer_there(ready, qtbot):
    client, log = ready(HOLD)
    client.ask(question(1))
    client.open(key(3), gray(0.75))
    assert log.lost == [1]
    assert log.ready == [True, False]
    qtbot.waitUntil(lambda: client.is_ready, timeout=10_000)
    qtbot.wait(50)
    assert log.answers == []
    client.ask(question(2, 0))  # about the frame that is not open any more
    assert log.lost == [1, 2]


def test_an_answer_about_another_image_or_in_another_size_is_never_shown(ready, qtbot):
    body = ANSWER_ALL.replace(
        "answer(m)",
        "n = len(m.prompt.marks)\n"
        "        shapes[m.frame_id] = (6, 5) if n != 2 else (5, 6)\n"
        "        request = Ask(m.request_id, m.frame_id + (n == 1), m.prompt, None)\n"
        "        shapes[request.frame_id], shown[request.frame_id] = shapes[m.frame_id], 0.5\n"
        "        answer(Ask(m.request_id + 777, m.frame_id, m.prompt)); answer(request)",
    )
    client, log = ready(body)
    for marks in (1, 2):
        client.ask(question(marks, marks=marks))
        qtbot.waitUntil(lambda n=marks: n in log.lost, timeout=10_000)
    client.ask(question(3, marks=3))
    qtbot.waitUntil(lambda: log.answers == [3], timeout=10_000)
    assert log.lost == [1, 2]


def test_the_image_behind_a_key_may_change(ready, qtbot):
    client, log = ready()
    client.ask(question(1))
    client.open(key(), gray(0.125))  # despeckled otherwise, mapped otherwise
    assert log.lost == [1]
    assert not client.is_ready
    client.ask(question(2))
    qtbot.waitUntil(lambda: log.answers == [2], timeout=10_000)
    assert log.values == [(0.125, 1.0)]


def test_previews_go_one_at_a_time_and_never_after_a_click(ready, qtbot):
    client, log = ready(HOLD)
    for token in range(1, 5):
        client.ask(question(token, is_preview=True))
    assert log.lost == [2, 3]  # 1 is being computed, 4 waits
    client.ask(question(5))
    assert sorted(log.lost) == [1, 2, 3, 4]
    client.ask(question(6, is_preview=True))  # somebody waits for a click
    assert log.lost[-1] == 6
    client.cancel()
    assert log.lost[-1] == 5
    client.open(key(1), gray())
    client.ask(question(7, 1, is_preview=True))  # not embedded yet
    assert log.lost[-1] == 7
    qtbot.waitUntil(lambda: client.is_ready, timeout=10_000)
    assert log.answers == []


def test_while_one_preview_is_computed_the_newest_of_the_others_waits(ready, qtbot):
    client, log = ready()
    for token in range(1, 40):
        client.ask(question(token, is_preview=True))
    qtbot.waitUntil(lambda: log.answers == [1, 39], timeout=10_000)
    assert log.lost == list(range(2, 39))


def test_a_mask_that_is_there_and_two_hundred_clicks_reach_the_engine(ready, qtbot):
    body = ANSWER_ALL.replace("answer(m)", "shown[m.frame_id] = m.previous.mean(); answer(m)")
    client, log = ready(body)
    previous = np.zeros((6, 5), bool)
    previous[:3] = True
    for count in range(1, 201):
        client.ask(question(count, marks=count, previous=previous))
    qtbot.waitUntil(lambda: 200 in log.answers, timeout=10_000)
    assert log.values[-1] == (0.5, 200.0)
    assert sorted(log.answers + log.lost) == list(range(1, 201))


def test_killed_in_the_middle_of_a_click_it_embeds_again_and_answers(ready, qtbot):
    body = "waits = life == 0\n" + ANSWER_ALL.replace("answer(m)", "waits or answer(m)")
    client, log = ready(body)
    first = client.pid
    client.ask(question(1))
    qtbot.wait(30)
    psutil.Process(first).kill()
    qtbot.waitUntil(lambda: log.answers == [1], timeout=20_000)
    assert client.pid != first
    assert log.ready == [True, False, True]
    assert log.lost == []
    assert log.problems == []
    assert client.status.note == "restarted after a crash"


def test_killed_while_nobody_waits_it_is_ready_again_and_previews_are_lost(ready, qtbot):
    client, log = ready(HOLD)
    client.ask(question(1, is_preview=True))
    client.ask(question(2, is_preview=True))
    psutil.Process(client.pid).kill()
    qtbot.waitUntil(lambda: log.ready == [True, False, True], timeout=20_000)
    assert (log.lost, log.problems) == ([1, 2], [])


def test_a_click_that_kills_it_is_asked_again_once_and_then_said(ready, qtbot):
    body = ANSWER_ALL.replace("answer(m)", "os._exit(11) if len(m.prompt.marks) == 2 else answer(m)")
    client, log = ready(body)
    client.ask(question(1, marks=2))
    qtbot.waitUntil(lambda: log.lost == [1], timeout=20_000)
    (problem,) = log.problems
    assert "status 11" in problem.message
    assert problem.remedy
    client.ask(question(2))
    qtbot.waitUntil(lambda: log.answers == [2], timeout=20_000)
    assert len(log.problems) == 1


def test_a_frame_that_was_let_go_of_is_sent_again_with_its_question(ready, qtbot):
    body = "asked = []\n" + ANSWER_ALL.replace(
        "answer(m)", "asked.append(m); say(Forgot(m.frame_id)) if len(asked) == 1 else answer(m)"
    )
    client, log = ready(body)
    client.ask(question(1))
    qtbot.waitUntil(lambda: log.answers == [1], timeout=10_000)
    assert log.ready == [True, False, True]
    assert log.lost == []


def test_a_frame_that_cannot_be_embedded_does_not_keep_anybody_waiting(make, fake_clicker, qtbot):
    body = """
say(EngineReady("fake", False))
for m in messages():
    if isinstance(m, OpenFrame):
        say(NotEmbedded(m.frame_id, "too large"))
    elif isinstance(m, Ask):
        say(Failed(m.request_id, "The frame is too large.", "Draw it"))
"""
    client = make(fake_clicker(body))
    log = Log(client)
    client.open(key(), gray())
    qtbot.waitUntil(lambda: client.status.state is WorkerState.READY, timeout=20_000)
    client.ask(question(1))
    qtbot.waitUntil(lambda: log.lost == [1], timeout=10_000)
    assert [(problem.message, problem.remedy) for problem in log.problems] == [
        ("The frame is too large.", "Draw it.")
    ]
    assert log.ready == []
    assert not client._process._silence.isActive()


def test_failures_are_said_for_clicks_and_not_for_previews_and_garbage_costs_nothing(ready, qtbot):
    body = ANSWER_ALL.replace(
        "answer(m)",
        'say(b"warning: \\x93LUS"); '
        'say(Failed(m.request_id, "No.")) if len(m.prompt.marks) == 1 else answer(m)',
    )
    client, log = ready(body)
    client.ask(question(1, is_preview=True))
    qtbot.waitUntil(lambda: log.lost == [1], timeout=10_000)
    assert log.problems == []
    client.ask(question(2))
    qtbot.waitUntil(lambda: log.lost == [1, 2], timeout=10_000)
    assert [problem.message for problem in log.problems] == ["No."]
    client.ask(question(3, marks=2))
    qtbot.waitUntil(lambda: log.answers == [3], timeout=10_000)


def test_given_up_every_question_is_lost_until_it_is_tried_again(make, qtbot):
    client = make(["/nonexistent/python"])
    log = Log(client)
    client.open(key(), gray())
    client.ask(question(1))
    qtbot.waitUntil(lambda: log.lost == [1], timeout=10_000)
    assert client.status.state is WorkerState.FAILED
    assert [problem.title for problem in log.problems] == ["Clicks cannot be answered"]
    client.ask(question(2))
    client.open(key(1), gray())
    client.prefetch([(key(2), gray(), 1.0)])
    assert (log.lost, client.pid, client.frame_key) == ([1, 2], 0, key(1))
    client.retry()
    assert client.status.state is WorkerState.STARTING


def test_what_the_process_drops_is_lost(ready, qtbot):
    client, log = ready(ANSWER_ALL.replace("answer(m)", "say(Dropped(m.request_id))"))
    client.ask(question(1))
    qtbot.waitUntil(lambda: log.lost == [1], timeout=10_000)


def test_neighbours_are_sent_once_and_are_ready_when_they_are_opened(ready, qtbot):
    client, log = ready()
    for _ in range(2):
        client.prefetch([(key(1), gray(0.1), 1.0), (key(2), gray(0.2), 2.0)])
    qtbot.waitUntil(
        lambda: len([f for f in client._frames._frames.values() if f.is_held]) == 3, timeout=10_000
    )
    assert client.frame_key == key()
    client.open(key(1), gray(0.1))
    assert client.is_ready
    assert log.ready == [True]  # it never was not ready
    client.ask(question(1, 1))
    qtbot.waitUntil(lambda: log.answers == [1], timeout=10_000)
    assert log.values == [(0.1, 1.0)]


def test_put_away_it_lets_go_of_the_frame_and_ends_after_a_while(ready, qtbot, monkeypatch):
    client, log = ready()
    client.ask(question(1))
    client._idle.setInterval(50)
    client.rest()
    assert (log.lost, client.is_ready, client.frame_key) == ([1], False, None)
    pid = client.pid
    qtbot.waitUntil(lambda: client.pid == 0, timeout=10_000)
    assert not psutil.pid_exists(pid)
    assert client.status.state is WorkerState.OFF
    client.open(key(), gray())
    client.ask(question(2))
    qtbot.waitUntil(lambda: log.answers == [2], timeout=20_000)
    assert module.IDLE_MS >= 60_000


def test_another_study_with_the_same_numbers_gets_no_old_embedding(ready, qtbot):
    client, log = ready()
    client.forget()
    assert (client.is_ready, client.frame_key) == (False, None)
    client.open(key(), gray(0.875))
    assert not client.is_ready
    client.ask(question(1))
    qtbot.waitUntil(lambda: log.answers == [1], timeout=10_000)
    assert log.values == [(0.875, 1.0)]


def test_the_end_of_the_application_ends_it(ready, qapp, qtbot):
    client, _ = ready()
    pid = client.pid
    qapp.aboutToQuit.emit()
    assert not psutil.pid_exists(pid)
