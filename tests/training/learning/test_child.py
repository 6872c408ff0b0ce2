"""The training process as a process: started, heard, spoken to, killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from job_maker import draw_clip, make_run, write_clip

from lusgui.core.annotation import Status
from lusgui.core.learning.messages import (
    CANCEL,
    STOP,
    Epoch,
    Finished,
    Garbage,
    Progress,
    Started,
    parse_line,
)
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import JOB, PROGRESS, RESULT, STATE, read_result
from lusgui.nn.checkpoint import load_model, save_model

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def start(tiny, tmp_path):
    """Start the process on a run of a moving disc."""
    running = []

    def make(count=8, folder="run-0001", minutes=1e-9, **values):
        base = tmp_path / "base.safetensors"
        if not base.exists():
            model = tiny()
            save_model(base, model.network, model.card)
            clip, _ = draw_clip(12)
            write_clip(tmp_path / "clip.tiff", clip)
        _, masks = draw_clip(12)
        key = load_model(base).card.key
        given = {"base_path": str(base), "base_key": key, "active_path": str(base), "active_key": key}
        given |= {"device": "cpu", "minutes": minutes}
        reviewed = dict.fromkeys(range(count), Status.EDITED)
        make_run(tmp_path / folder, [(tmp_path / "clip.tiff", masks, reviewed)], **(given | values))
        return begin(tmp_path / folder)

    def begin(folder):
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "training", "finetune", "--job", str(folder / JOB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=REPO,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        running.append(process)
        return process, folder

    make.again = begin
    yield make
    for process in running:
        process.kill()
        process.wait(30)
        process.stdin.close()
        process.stdout.close()


def hear(process, until=None):
    """Return the messages up to one of a kind, or to the end."""
    found = []
    for line in process.stdout:
        message = parse_line(line)
        assert not isinstance(message, Garbage), line
        found.append(message)
        if until is not None and until(message):
            break
    return found


def is_learning(message):
    return isinstance(message, Progress) and message.phase == "learning" and message.step > 2


def test_a_run_from_its_job_to_its_model(start):
    process, folder = start()
    found = hear(process)
    assert process.wait(30) == 0
    assert isinstance(found[-1], Finished)
    assert (found[-1].reason, found[-1].result) == (FinishReason.COMPLETED, RESULT)
    assert sum(isinstance(message, Started) for message in found) == 1
    assert any(isinstance(message, Epoch) and message.who == "candidate" for message in found)
    recorded = (folder / PROGRESS).read_bytes().splitlines()
    assert len(recorded) == len(found)
    result = read_result(folder)
    assert load_model(folder / result.candidate).card.key == result.candidate_key
    assert result.peak_memory_mb > 100

    # asked again, it says what came of it
    process, _ = start.again(folder)
    again = hear(process)
    assert process.wait(30) == 0
    assert (again[-1].reason, again[-1].result) == (FinishReason.COMPLETED, RESULT)


def test_words_are_heard_while_it_learns(start):
    process, folder = start(minutes=5.0)
    hear(process, is_learning)
    process.stdin.write(STOP)
    process.stdin.flush()
    found = hear(process)
    assert process.wait(30) == 0
    assert found[-1].reason is FinishReason.STOPPED_AND_KEPT
    assert (folder / read_result(folder).candidate).is_file()

    process, folder = start(minutes=5.0, folder="run-0002", run_id=2)
    hear(process, is_learning)
    process.stdin.write(CANCEL)
    process.stdin.flush()
    found = hear(process)
    assert process.wait(30) == 0
    assert found[-1].reason is FinishReason.CANCELLED
    assert read_result(folder) is None
    assert not (folder / STATE).exists()


@pytest.mark.slow
def test_without_its_parent_it_ends_and_can_go_on(start):
    process, folder = start(minutes=5.0)
    hear(process, is_learning)
    process.stdin.close()
    found = hear(process)
    assert process.wait(30) == 0
    assert found[-1].reason is FinishReason.INTERRUPTED
    assert (folder / STATE / "course.pt").is_file()
    assert read_result(folder) is None

    process, _ = start.again(folder)
    resumed = hear(process, is_learning)
    assert min(m.step for m in resumed if isinstance(m, Progress) and m.phase == "learning") > 1
    process.kill()


@pytest.mark.slow
def test_killed_it_leaves_no_half_result_and_the_same_job_goes_through(start):
    process, folder = start(count=3)
    hear(process, is_learning)
    process.kill()
    process.wait(30)
    assert read_result(folder) is None
    process, _ = start.again(folder)
    assert hear(process)[-1].reason is FinishReason.COMPLETED
    assert process.wait(30) == 0


def test_a_job_that_is_not_sound_is_said_with_a_way_out(start, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / JOB).write_text(json.dumps({"run_id": 1}))
    process, _ = start.again(tmp_path / "run")
    found = hear(process)
    assert process.wait(30) == 0
    assert found[-1].reason is FinishReason.FAILED
    assert "job.json" in found[-1].problem.message
    assert found[-1].problem.remedy.endswith(".")
