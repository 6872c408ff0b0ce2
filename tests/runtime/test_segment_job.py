from __future__ import annotations

import pytest

from lusgui.core.despeckle import OFF
from lusgui.core.prediction_key import PredictionKey
from lusgui.runtime.frames import FrameLoader
from lusgui.runtime.inference import PredictRequest, WorkerState
from lusgui.runtime.segment_job import FRAMES_UNDER_WAY, SegmentItem, SegmentJob
from lusgui.session.jobs import FinishReason, JobState

WORKER = """
say(Ready("cpu", "CPU"))
most = waiting = 0
for m in messages():
    if isinstance(m, Predict):
        if m.key.frame == 7:
            say(Failed(m.request_id, "It is damaged."))
        else:
            answer(m)
"""


@pytest.fixture
def loader(recording, mapping, qtbot):
    loader = FrameLoader(lambda _id: (recording, mapping))
    yield loader
    assert loader.shutdown()


@pytest.fixture
def make(loader, mapping):
    def job(client, frames, **options):
        kept = {}

        def request(item, stored):
            key = PredictionKey(item.recording_id, item.frame, "off", "m")
            return PredictRequest(key, stored, mapping, OFF, "m.safetensors")

        made = SegmentJob(
            [SegmentItem(1, frame) for frame in frames],
            options.pop("request", request),
            loader,
            client,
            kept.__setitem__,
            **options,
        )
        made.kept, made.statuses = kept, []
        made.status_changed.connect(made.statuses.append)
        return made

    return job


def finish(job, qtbot):
    with qtbot.waitSignal(job.finished, timeout=15_000):
        job.start()
    return job.status


def test_every_frame_is_read_asked_and_kept_once(make, make_client, fake_worker, qtbot):
    job = make(make_client(fake_worker(WORKER)), [0, 3, 5, 3, 6])
    assert (job.status.total, job.status.state) == (4, JobState.WAITING)
    status = finish(job, qtbot)
    assert sorted(key.frame for key in job.kept) == [0, 3, 5, 6]
    assert (status.state, status.reason, status.done) == (JobState.FINISHED, FinishReason.COMPLETED, 4)
    assert [s.done for s in job.statuses] == sorted(s.done for s in job.statuses)
    job.start()  # only once
    assert job.status is status


def test_what_is_there_already_is_not_asked_again(make, make_client, fake_worker, recording, qtbot):
    job = make(make_client(fake_worker(WORKER)), range(6), is_done=lambda item: item.frame < 4)
    assert finish(job, qtbot).done == 6
    assert sorted(key.frame for key in job.kept) == [4, 5]
    assert sorted(recording.source.source.reads) == [4, 5]


def test_nothing_to_do_ends_too(make, make_client, fake_worker, qtbot):
    client = make_client(fake_worker(WORKER))
    assert finish(make(client, []), qtbot).reason is FinishReason.COMPLETED
    assert finish(make(client, [1, 2], request=lambda *_: None), qtbot).done == 2
    assert client.status.state is WorkerState.OFF


def test_failures_are_counted_and_the_rest_goes_on(make, make_client, fake_worker, qtbot):
    job = make(make_client(fake_worker(WORKER)), [6, 7, 8, 99])
    status = finish(job, qtbot)
    assert status.reason is FinishReason.COMPLETED
    assert status.done == 4
    assert job.failure_count == 2
    assert "2 frames failed" in status.text
    assert sorted(key.frame for key in job.kept) == [6, 8]


def test_little_is_under_way_at_a_time_and_the_person_goes_first(make, make_client, fake_worker, qtbot):
    client = make_client(fake_worker(WORKER))
    job = make(client, range(7))
    most = []
    client.status_changed.connect(lambda _s: most.append(client.pending_count))
    finish(job, qtbot)
    assert max(most) <= FRAMES_UNDER_WAY


def test_cancelling_keeps_what_has_come(make, make_client, fake_worker, qtbot):
    client = make_client(fake_worker(WORKER))
    job = make(client, range(6))
    job.status_changed.connect(lambda s: job.cancel() if s.done == 3 and not s.is_finished else None)
    status = finish(job, qtbot)
    assert status.reason is FinishReason.CANCELLED
    assert len(job.kept) == 3
    job.cancel()
    assert client.pending_count == 0


def test_a_model_that_cannot_run_ends_the_job(make, make_client, fake_worker, qtbot):
    job = make(make_client(fake_worker("os._exit(3)")), range(6))
    status = finish(job, qtbot)
    assert status.reason is FinishReason.FAILED
    assert job.kept == {}


def test_a_worker_killed_in_the_middle_costs_no_frame(make, make_client, fake_worker, qtbot):
    body = WORKER.replace(
        "        else:",
        "        elif m.key.frame == 3 and life == 0:\n            os._exit(9)\n        else:",
    )
    job = make(make_client(fake_worker(body)), range(6))
    assert finish(job, qtbot).reason is FinishReason.COMPLETED
    assert sorted(key.frame for key in job.kept) == list(range(6))


SEVERAL = """
from dataclasses import replace
say(Ready("cpu", "CPU"))
for m in messages():
    if isinstance(m, Predict):
        p = np.ones(m.frame.shape, np.float32)
        for label in (*m.others, m.key.label):
            say(Probability(m.request_id, replace(m.key, label=label), p, 1.0))
"""


def test_all_labels_of_a_model_are_kept_and_count_as_one_frame(
    make, make_client, fake_worker, mapping, qtbot
):
    def request(item, stored):
        key = PredictionKey(item.recording_id, item.frame, "off", "m", "cerebellum")
        return PredictRequest(key, stored, mapping, OFF, "m.safetensors", ("vermis",))

    job = make(make_client(fake_worker(SEVERAL)), range(4), request=request)
    status = finish(job, qtbot)
    assert (status.reason, status.done) == (FinishReason.COMPLETED, 4)
    kept = sorted((key.frame, key.label) for key in job.kept)
    assert kept == [(frame, label) for frame in range(4) for label in ("cerebellum", "vermis")]
