from __future__ import annotations

import numpy as np
import psutil
import pytest

from lusgui.core.despeckle import OFF
from lusgui.core.prediction_key import PredictionKey
from lusgui.runtime.inference import InferenceClient, PredictRequest, WorkerState

FRAME = np.zeros((6, 5), np.uint8)

ANSWER_ALL = """
say(Ready("cpu", "CPU, 1 thread"))
for m in messages():
    if isinstance(m, Predict):
        answer(m)
"""


def key(frame):
    return PredictionKey(1, frame, "off", "m-1")


class Log:
    """Everything a client says."""

    def __init__(self, client):
        self.answers, self.dropped, self.failed, self.states, self.problems = [], [], [], [], []
        client.probability_ready.connect(lambda k, p: self.answers.append((k.frame, p)))
        client.dropped.connect(lambda k: self.dropped.append(k.frame))
        client.failed.connect(lambda k, p: self.failed.append((k.frame, p.message)))
        client.state_changed.connect(self.states.append)
        client.problem.connect(self.problems.append)

    @property
    def frames(self):
        return [frame for frame, _ in self.answers]


@pytest.fixture
def ask(mapping):
    def do(client, frame):
        client.request(key(frame), FRAME, mapping, OFF, "m.safetensors")

    return do


@pytest.fixture
def make(mapping):
    return lambda frame: PredictRequest(key(frame), FRAME, mapping, OFF, "m.safetensors")


def test_it_starts_by_itself_answers_and_shuts_down(make_client, fake_worker, ask, qtbot):
    client = make_client(fake_worker(ANSWER_ALL))
    log = Log(client)
    assert client.status.state is WorkerState.OFF
    ask(client, 30)
    qtbot.waitUntil(lambda: log.frames == [30], timeout=10_000)
    assert log.answers[0][1].shape == FRAME.shape
    assert not log.answers[0][1].flags.writeable
    assert client.pending_count == 0
    pid = client.pid
    ask(client, 31)
    qtbot.waitUntil(lambda: log.frames == [30, 31], timeout=10_000)
    assert client.status.device == "CPU, 1 thread"
    assert log.states[0] is WorkerState.STARTING
    assert log.states[-1] is WorkerState.READY
    assert WorkerState.BUSY in log.states
    client.shutdown()
    client.shutdown()
    assert client.status.state is WorkerState.OFF
    assert not psutil.pid_exists(pid)
    assert log.problems == []


def test_the_real_worker_answers(make_client, model_file, mapping, qtbot):
    path, card = model_file
    client = make_client(device="cpu")
    log = Log(client)
    client.load_model(path)
    frame = np.random.default_rng(0).integers(0, 255, (50, 30), dtype=np.uint8)
    client.request(PredictionKey(1, 7, "off", card.key), frame, mapping, OFF, path)
    qtbot.waitUntil(lambda: log.frames == [7], timeout=30_000)
    assert log.answers[0][1].shape == (50, 30)
    assert client.status.device.startswith("CPU")


def test_a_request_that_is_under_way_is_not_sent_twice(make_client, fake_worker, ask, qtbot):
    client = make_client(fake_worker('say(Ready("cpu", "CPU"))\nseen = []\n'
        "for m in messages():\n    if isinstance(m, Predict):\n"
        "        time.sleep(0.05); seen.append(m.key.frame); answer(m)\n"
        "        if len(seen) == 2: assert seen == [1, 2]\n"))  # fmt: skip
    log = Log(client)
    for frame in (1, 1, 1, 2):
        ask(client, frame)
    qtbot.waitUntil(lambda: log.frames == [1, 2], timeout=10_000)


def test_neighbours_replace_neighbours_and_long_jobs_stay(make_client, fake_worker, make, ask, qtbot):
    body = """
say(Ready("cpu", "CPU"))
held = {}
for m in messages():
    if isinstance(m, Predict):
        held[m.request_id] = m
        if m.key.frame == 99:
            for r in held.values():
                answer(r)
    elif isinstance(m, Cancel):
        for i in m.request_ids:
            held.pop(i)
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    client.submit(make(50))
    client.prefetch([make(1), make(2)])
    client.prefetch([make(2), make(3)])
    assert log.dropped == [1]
    ask(client, 3)  # what was a neighbour is waited for now
    assert log.dropped == [1, 3]
    client.cancel(key(2))
    assert log.dropped == [1, 3, 2]
    ask(client, 99)
    qtbot.waitUntil(lambda: sorted(log.frames) == [3, 50, 99], timeout=10_000)


def test_what_the_worker_drops_is_told(make_client, fake_worker, ask, qtbot):
    body = """
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict):
        say(Dropped(m.request_id)) if m.key.frame == 1 else answer(m)
        say(Dropped(777))
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 1)
    ask(client, 2)
    qtbot.waitUntil(lambda: log.frames == [2], timeout=10_000)
    assert log.dropped == [1]


def test_killed_in_the_middle_it_is_restarted_and_the_request_answered(make_client, fake_worker, ask, qtbot):
    body = """
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict) and life:
        answer(m)
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 1)
    ask(client, 2)
    qtbot.waitUntil(lambda: client.status.state is WorkerState.BUSY, timeout=10_000)
    psutil.Process(client.pid).kill()
    qtbot.waitUntil(lambda: log.frames == [2], timeout=10_000)
    assert log.dropped == [1]  # superseded: nobody waits for it
    assert WorkerState.RESTARTING in log.states
    assert client.status.note == "restarted after a crash"


def test_garbage_on_its_output_costs_nothing(make_client, fake_worker, ask, qtbot):
    body = 'say(b"warning: something\\n" * 9)\n' + ANSWER_ALL.replace(
        "answer(m)", 'say(b"\\x93LUS"); answer(m)'
    )
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 4)
    qtbot.waitUntil(lambda: log.frames == [4], timeout=10_000)
    assert log.problems == []


def test_a_frame_that_kills_it_is_given_up_and_the_next_is_answered(
    make_client, fake_worker, ask, make, qtbot
):
    body = """
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict):
        os._exit(11) if m.key.frame == 66 else answer(m)
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 66)
    client.submit(make(5))
    qtbot.waitUntil(lambda: log.frames == [5], timeout=15_000)
    assert [frame for frame, _ in log.failed] == [66]
    assert "status 11" in log.failed[0][1]
    assert client.status.state is WorkerState.READY


def test_after_too_many_deaths_it_fails_says_so_once_and_can_be_tried_again(
    make_client, fake_worker, ask, make, qtbot, tmp_path
):
    body = (
        """
if life < 4:
    print("libfoo.so not found", file=sys.stderr, flush=True)
    os._exit(3)
"""
        + ANSWER_ALL
    )
    client = make_client(fake_worker(body))
    log = Log(client)
    for frame in range(5):
        client.submit(make(frame))
    qtbot.waitUntil(lambda: client.status.state is WorkerState.FAILED, timeout=15_000)
    assert sorted(log.dropped) == [0, 1, 2, 3, 4]
    (last,) = log.problems
    assert last.title == "The model cannot run"
    assert "4 times in a row" in last.message
    assert "libfoo.so not found" in last.detail
    assert client.pending_count == 0
    ask(client, 8)
    assert log.dropped[-1] == 8
    assert (tmp_path / "fake_worker.lives").read_text() == "4"
    client.retry()
    ask(client, 9)
    qtbot.waitUntil(lambda: log.frames == [9], timeout=10_000)


def test_a_program_that_cannot_be_started_fails_too(make_client, ask, qtbot):
    client = make_client(["/nonexistent/python"])
    log = Log(client)
    ask(client, 1)
    qtbot.waitUntil(lambda: client.status.state is WorkerState.FAILED, timeout=10_000)
    assert "could not be started" in log.problems[-1].message


def test_a_gpu_that_fails_twice_gives_way_to_the_cpu_and_says_so(make_client, fake_worker, ask, make, qtbot):
    body = (
        """
if device == "auto":
    say(Ready("cuda", "NVIDIA"))
    for m in messages():
        os._exit(9)
"""
        + ANSWER_ALL
    )
    client = make_client(fake_worker(body))
    log = Log(client)
    client.submit(make(1))
    client.submit(make(2))
    qtbot.waitUntil(lambda: 2 in log.frames, timeout=10_000)
    assert client.status.device == "CPU, 1 thread"
    assert "the CPU answers instead" in client.status.note
    assert "The model runs on another device" in [p.title for p in log.problems]


def test_out_of_memory_inside_the_worker_changes_the_device_shown_and_is_said(
    make_client, fake_worker, ask, qtbot
):
    body = """
say(Ready("cuda", "NVIDIA H1"))
for m in messages():
    if isinstance(m, Predict):
        say(Ready("cpu", "CPU, 1 thread", "NVIDIA H1 is out of memory; the CPU answers instead"))
        answer(m)
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 1)
    qtbot.waitUntil(lambda: log.frames == [1], timeout=10_000)
    assert client.status.device == "CPU, 1 thread"
    assert "out of memory" in client.status.note
    assert [p.message for p in log.problems] == ["NVIDIA H1 is out of memory; the CPU answers instead"]


def test_a_failure_is_said_for_what_is_shown_and_kept_quiet_for_neighbours(
    make_client, fake_worker, ask, make, qtbot
):
    body = """
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict):
        say(Failed(m.request_id, "x.safetensors: it is damaged.", "Choose another model", "trace"))
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    client.prefetch([make(1)])
    ask(client, 2)
    qtbot.waitUntil(lambda: len(log.failed) == 2, timeout=10_000)
    assert [(p.message, p.remedy) for p in log.problems] == [
        ("x.safetensors: it is damaged.", "Choose another model.")
    ]


def test_a_worker_that_says_nothing_is_taken_for_dead(make_client, fake_worker, ask, qtbot):
    body = (
        """
say(Ready("cpu", "CPU"))
if life == 0:
    time.sleep(60)
"""
        + ANSWER_ALL
    )
    client = make_client(fake_worker(body))
    usual = client._silence.interval()
    log = Log(client)

    def follow(state):
        # on a busy machine a worker may take longer to its first word than this test likes to wait
        is_mute = state in (WorkerState.READY, WorkerState.BUSY) and WorkerState.RESTARTING not in log.states
        client._silence.setInterval(300 if is_mute else usual)

    client.state_changed.connect(follow)
    ask(client, 3)
    qtbot.waitUntil(lambda: log.frames == [3], timeout=30_000)
    assert WorkerState.RESTARTING in log.states


def test_another_device_restarts_it_and_what_was_owed_is_asked_again(
    make_client, fake_worker, ask, qtbot, tmp_path
):
    body = """
say(Ready(device, device))
for m in messages():
    if isinstance(m, Predict) and device == "cpu":
        answer(m)
"""
    client = make_client(fake_worker(body))
    log = Log(client)
    ask(client, 1)
    qtbot.waitUntil(lambda: client.status.device == "auto", timeout=10_000)
    client.set_device("cpu")
    qtbot.waitUntil(lambda: log.frames == [1], timeout=10_000)
    assert log.problems == []


def test_shutting_down_while_it_starts_or_hangs_leaves_no_process(make_client, fake_worker, qtbot):
    client = make_client(fake_worker("time.sleep(60)"))
    client.start()
    qtbot.waitUntil(lambda: client.pid > 0, timeout=10_000)
    pid = client.pid
    client.shutdown(100)
    assert not psutil.pid_exists(pid)
    assert client.pid == 0


def test_the_end_of_the_application_shuts_it_down(fake_worker, qapp, qtbot):
    client = InferenceClient(program=fake_worker(ANSWER_ALL))
    client.start()
    qtbot.waitUntil(lambda: client.status.state is WorkerState.READY, timeout=10_000)
    pid = client.pid
    qapp.aboutToQuit.emit()
    assert not psutil.pid_exists(pid)


def test_the_real_worker_killed_in_the_middle_of_its_work_answers_after_all(
    make_client, model_file, mapping, qtbot
):
    path, card = model_file
    client = make_client(device="cpu")
    log = Log(client)
    frame = np.zeros((50, 30), np.uint8)
    client.request(PredictionKey(1, 5, "off", card.key), frame, mapping, OFF, path)
    qtbot.waitUntil(lambda: client.pid > 0, timeout=10_000)
    first = client.pid
    psutil.Process(first).kill()
    qtbot.waitUntil(lambda: log.frames == [5], timeout=30_000)
    assert client.pid != first
    assert not psutil.pid_exists(first)
    assert log.problems == []
