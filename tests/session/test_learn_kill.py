"""Killed between any two steps, a study loses no mask and no promoted model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.core.annotation import PlaneKey
from lusgui.io import models
from lusgui.io.learn_folder import CANDIDATE, file_sha256, read_job, run_folder

VICTIM = Path(__file__).with_name("learn_victim.py")
MASK = PlaneKey(1, 0, "rib")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the victims are forked")


@pytest.fixture(scope="module")
def births():
    process = subprocess.Popen(
        [sys.executable, str(VICTIM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.stdin.close()
    process.stdout.close()
    assert process.wait(timeout=10) == 0


@pytest.fixture
def home(tmp_path, monkeypatch):
    write_model(tmp_path / "first" / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "first" / "weights")
    return tmp_path / "first"


@pytest.fixture
def study(home, make_session, write_recording):
    """Return the path of a study with masks whose first run left a better model that nobody took yet."""
    write_recording(home / "r.npy")
    session = make_session()
    assert session.new_study(home / "ward.lusgui")
    assert session.add_recordings([home / "r.npy"]) == [1]
    for frame in range(3):
        draw(session, 1, frame)
    assert session.learning.make_job(["rib"]).run_id == 1
    leave_result(session.learning.folder(1), 1)
    session.discard_and_close()
    return home / "ward.lusgui"


@pytest.fixture
def taken(study, make_session):
    """Return the path of a study whose first model answers, and whose second run left another."""
    session = make_session()
    assert session.open_study(study)
    assert session.models.active("rib").run_id == 1
    session.close_study()
    return study


def die(births, folder, what, step):
    """Let it be done and killed at a step; return how many steps it took to the end, 0 if it never came."""
    births.stdin.write(f"{folder}\t{what}\t{step}\n")
    births.stdin.flush()
    said = []
    while said[-1:] != ["dead\n"]:
        said.append(births.stdout.readline())
        assert said[-1], "the server of victims ended"
    return int(said[0].split()[1]) if said[0].startswith("steps") else 0


def deaths(births, study, what):
    """Yield, for each step of it, a folder in which it was killed there; at last one where it was not."""
    step = done = 0
    while not done:
        step += 1
        assert step < 400
        folder = study.parent.with_name(f"{what}-{step}")
        shutil.copytree(study.parent, folder)
        done = die(births, folder, what, step)
        yield step, folder / study.name
        shutil.rmtree(folder)
    assert step > 3, "nothing was done"


def check(session, path):
    """Open the study as after a crash: masks are there, and what answers has a file that is whole."""
    assert session.open_study(path)
    assert not session.heard.problems, session.heard.problems
    assert session.study.check() == "ok"
    for frame in range(3):
        assert session.mask(PlaneKey(1, frame, "rib")).sum() == 16
    versions = session.models.versions("rib")
    assert sum(one.is_active for one in versions) <= 1
    for one in versions:
        assert session.models.entry(one) is not None, f"{one.name} has no file"
    return versions


@pytest.mark.slow
def test_a_model_that_was_learnt_is_there_whenever_the_window_dies(births, study, make_session):
    for step, path in deaths(births, study, "recover"):
        session = make_session()
        versions = check(session, path)
        assert len(versions) == 1, f"killed at step {step}"
        assert versions[0].is_active
        assert session.learning.runs()[0].reason == "completed"
        assert session.learning.suggestions("rib")
        assert session.learning.held_out("rib").frames == ((1, 0), (1, 1), (1, 2))
        session.discard_and_close()


@pytest.mark.slow
def test_a_run_that_was_about_to_start(births, taken, make_session):
    for _step, path in deaths(births, taken, "job"):
        session = make_session()
        (version,) = check(session, path)
        assert version.is_active
        folder = session.learning.resumable()
        if folder is not None:
            assert read_job(folder).run_id == 2
        assert session.learning.make_job(["rib"]).run_id in (2, 3)
        session.discard_and_close()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["back", "delete", "copy"])
def test_what_is_done_with_models(births, taken, make_session, what):
    for _step, path in deaths(births, taken, what):
        session = make_session()
        versions = check(session, path)
        if what == "copy":
            assert versions[0].is_active
        session.discard_and_close()
        copy = path.with_name("copy.lusgui")
        if copy.exists():
            other = make_session()
            assert check(other, copy)[0].is_active
            other.discard_and_close()


@pytest.mark.slow
def test_a_run_that_was_thrown_away(births, study, make_session):
    for step, path in deaths(births, study, "cancel"):
        session = make_session()
        versions = check(session, path)
        # before it was written down that nobody wants it, its model is still taken; never in pieces
        assert len(versions) == (session.learning.runs()[0].reason == "completed"), f"killed at step {step}"
        session.discard_and_close()


def test_files_are_on_the_disk_before_the_study_names_them(study, make_session, monkeypatch):
    """A loss of power may forget all that was not synced, but never what was synced before the commit."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no way to ask which file a handle is")
    happened, real = [], os.fsync

    def fsync(handle):
        happened.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    session = make_session()
    recover, session.learning.recover = session.learning.recover, lambda: None
    assert session.open_study(study)
    monkeypatch.setattr(os, "fsync", fsync)
    session.study._database.raw.set_trace_callback(lambda sql: happened.append(sql.split()[0]))
    recover()
    session.study._database.raw.set_trace_callback(None)
    commit = happened.index("COMMIT", happened.index("BEGIN"))
    assert {CANDIDATE, "run-0001", "ward.models"} <= set(happened[: happened.index("BEGIN")])
    assert commit > 0
    assert session.models.active("rib").sha256 == file_sha256(run_folder(study, 1) / CANDIDATE)
    assert session.study._database.pragma("synchronous") == 2, "FULL: a commit is on the disk"
    assert np.count_nonzero(session.mask(MASK)) == 16
