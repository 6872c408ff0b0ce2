from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lusgui.base.errors import LearnError, WriteFailedError
from lusgui.core.intensity import measure_mapping
from lusgui.core.learning.job import LearnJob, LearnRecording
from lusgui.core.learning.result import RunResult
from lusgui.core.learning.status import FinishReason
from lusgui.io import learn_folder
from lusgui.io.learn_folder import (
    CANDIDATE,
    JOB,
    RESULT,
    STATE,
    copy_models,
    discard_run,
    file_sha256,
    find_file,
    make_run_folder,
    models_folder,
    open_learn_recording,
    read_job,
    read_result,
    run_folder,
    tidy_run,
    write_durably,
    write_result,
)


@pytest.fixture
def study(tmp_path):
    return tmp_path / "ward.lusgui"


@pytest.fixture
def run(study):
    folder = run_folder(study, 1)
    make_run_folder(folder)
    (folder / CANDIDATE).write_bytes(b"weights")
    return folder


def result_of(folder, **changes):
    digest = file_sha256(folder / CANDIDATE)
    return replace(RunResult(1, ("rib",), FinishReason.COMPLETED, CANDIDATE, "rib-2.0", digest), **changes)


def job_of(*recordings):
    return LearnJob(1, ("rib",), "masks", "", "", "", "", "", recordings, ())


def test_where_things_lie(study):
    assert models_folder(study) == study.parent / "ward.models"
    assert run_folder(study, 12).name == "run-0012"


def test_job_and_result_come_back(run):
    job = job_of(LearnRecording(1, "a", "/a.mat", None, None, None, 0, 3, (4, 5)))
    write_durably(run / JOB, job.dumps())
    assert read_job(run) == job
    assert read_result(run) is None
    result = result_of(run)
    assert write_result(run, result) == run / RESULT
    assert read_result(run) == result


def test_what_a_result_names_is_on_the_disk_before_it(run, monkeypatch):
    synced, real = [], os.fsync

    def fsync(handle):
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no way to ask which file a handle is")
    monkeypatch.setattr(os, "fsync", fsync)
    write_result(run, result_of(run))
    assert synced[:3] == [CANDIDATE, "run-0001", "ward.models"]
    assert synced[3].endswith(".json")
    assert synced[-1] == "run-0001", "the name of the result too"
    assert not (run / RESULT).with_suffix(".part.json").exists()


def test_a_result_is_not_written_for_a_model_that_is_not_there(run):
    with pytest.raises(WriteFailedError):
        write_result(run, result_of(run, candidate="other.safetensors"))
    assert not (run / RESULT).exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run_id": 1}', b"\xff"])
def test_files_that_are_not_sound(run, content):
    (run / JOB).write_bytes(content)
    (run / RESULT).write_bytes(content)
    with pytest.raises(LearnError, match=r"job\.json"):
        read_job(run)
    with pytest.raises(LearnError, match=r"result\.json"):
        read_result(run)


def test_a_file_beyond_all_bounds(run, monkeypatch):
    monkeypatch.setattr(learn_folder, "MAX_JSON_BYTES", 3)
    (run / JOB).write_bytes(b"{   }")
    with pytest.raises(LearnError, match="too large"):
        read_job(run)


def test_a_job_that_is_not_there(run):
    with pytest.raises(LearnError, match="cannot be read"):
        read_job(run)


def test_a_model_is_found_by_its_content(study, run):
    digest, relative = file_sha256(run / CANDIDATE), f"run-0001/{CANDIDATE}"
    assert find_file(study, relative, digest) == run / CANDIDATE
    assert find_file(study, relative, "0" * 64) is None
    assert find_file(study, "run-0002/x", digest) is None
    renamed = study.with_name("other.lusgui")
    assert find_file(renamed, relative, digest) == run / CANDIDATE, "the study was renamed, its folder not"
    impostor = run_folder(renamed, 1) / CANDIDATE
    impostor.parent.mkdir(parents=True)
    impostor.write_bytes(b"another")
    assert find_file(renamed, relative, digest) == run / CANDIDATE


def test_models_go_along_with_a_copy(study, run, tmp_path):
    (run / STATE).mkdir()
    (run / STATE / "weights").write_bytes(b"big")
    (run / ".half.part").write_bytes(b"x")
    write_durably(run / RESULT, "{}")
    target = tmp_path / "else" / "mine.lusgui"
    copy_models(study, target)
    copied = run_folder(target, 1)
    assert sorted(path.name for path in copied.iterdir()) == [CANDIDATE, RESULT]
    assert (copied / CANDIDATE).read_bytes() == b"weights"
    before = (copied / CANDIDATE).stat().st_mtime_ns
    copy_models(study, target)
    assert (copied / CANDIDATE).stat().st_mtime_ns == before
    copy_models(study, study)
    copy_models(tmp_path / "none.lusgui", target)


def test_a_run_that_is_done_and_one_that_is_thrown_away(run):
    (run / STATE).mkdir()
    tidy_run(run)
    assert (run / CANDIDATE).exists()
    assert not (run / STATE).exists()
    discard_run(run)
    assert not run.exists()
    discard_run(run)


def test_a_disk_that_refuses(tmp_path):
    (tmp_path / "ward.models").write_bytes(b"a file is in the way")
    with pytest.raises(WriteFailedError, match="folder should be"):
        make_run_folder(tmp_path / "ward.models" / "run-0001")


@pytest.fixture
def clip(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (4, 10, 12), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "clip.tif", frames, photometric="minisblack")
    path = tmp_path / "clip.tif"
    return frames, LearnRecording(
        1, "clip", str(path), None, None, None, path.stat().st_size, 4, (10, 12), (0.1, 0.2)
    )


def test_a_recording_opens_as_in_the_window(clip):
    frames, recording = clip
    with open_learn_recording(recording) as opened:
        assert np.array_equal(opened.frame(2), frames[2])
        assert opened.spacing_mm == (0.1, 0.2)
        assert measure_mapping(opened)


def test_a_variable_is_opened_by_its_name(tmp_path):
    from scipy.io import savemat

    first, second = np.random.default_rng(0).random((2, 96, 80, 3))
    savemat(tmp_path / "a.mat", {"ImgA": first, "ImgB": second})
    path = tmp_path / "a.mat"
    for name, values in (("ImgA", first), ("ImgB", second)):
        recording = LearnRecording(
            1, "a", str(path), None, None, None, path.stat().st_size, 3, (96, 80), None, name
        )
        with open_learn_recording(recording) as opened:
            assert np.array_equal(opened.frame(1), values[:, :, 1])


def test_another_file_than_the_one_that_was_drawn_on(clip):
    _frames, recording = clip
    with pytest.raises(LearnError, match="no longer the file"):
        open_learn_recording(replace(recording, size_bytes=3))
    with pytest.raises(LearnError, match="masks do not fit"):
        open_learn_recording(replace(recording, frames=5))
    Path(recording.path).unlink()
    with pytest.raises(LearnError, match="missing"):
        open_learn_recording(recording)
