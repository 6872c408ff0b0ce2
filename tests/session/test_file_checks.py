import os

from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.session.file_checks import FileChecks
from lusgui.session.recordings import FileState, HashJob


def put(study, path, content=b"12345", **more):
    path.write_bytes(content)
    stat = path.stat()
    return study.add_recording(
        NewRecording(path, 1, 4, 4, size_bytes=stat.st_size, mtime_ns=stat.st_mtime_ns, **more)
    )


def test_those_somebody_waits_for_come_first(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        first = put(study, tmp_path / "new.mat")
        second = put(study, tmp_path / "old.mat", sha256="0" * 64)
        os.utime(tmp_path / "old.mat", (1, 1))
        checks = FileChecks(study)
        assert checks.pending_hash_jobs() == [
            HashJob(second.id, tmp_path / "old.mat", "verify"),
            HashJob(first.id, tmp_path / "new.mat", "first"),
        ]
        assert checks.state(first.id) is FileState.OK
        assert checks.state(second.id) is FileState.CHECKING
        assert checks.hash_ready(checks.pending_hash_jobs()[0], "1" * 64)
        assert checks.state(second.id) is FileState.CHANGED


def test_search_compares_one_file_after_the_other(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        lost = put(study, tmp_path / "lost.mat", sha256="0" * 64)
        (tmp_path / "lost.mat").unlink()
        for name in "bcd":
            (tmp_path / f"{name}.mat").write_bytes(b"other")
        checks = FileChecks(study)
        tried = []
        while checks.pending_hash_jobs():
            job = checks.pending_hash_jobs()[0]
            tried.append(job.path.name)
            checks.hash_ready(job, ("0" if job.path.name == "c.mat" else "1") * 64)
        assert tried == ["b.mat", "c.mat"]
        assert checks.state(lost.id) is FileState.OK
        assert study.recording(lost.id).path == tmp_path / "c.mat"


def test_without_a_hash_only_size_and_time_together_are_trusted(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        lost = put(study, tmp_path / "lost.mat")
        (tmp_path / "lost.mat").rename(tmp_path / "found.mat")
        assert FileChecks(study).state(lost.id) is FileState.OK
        os.utime(tmp_path / "found.mat", (1, 1))
        (tmp_path / "found.mat").rename(tmp_path / "again.mat")
        assert FileChecks(study).state(lost.id) is FileState.MISSING


def test_folder_of_frames_is_there_or_not(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        (tmp_path / "frames").mkdir()
        entry = study.add_recording(NewRecording(tmp_path / "frames", 3, 4, 4))
        checks = FileChecks(study)
        assert checks.state(entry.id) is FileState.OK
        assert checks.pending_hash_jobs() == []
