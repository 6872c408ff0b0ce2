import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

import pytest

from lusgui.base.errors import StudyLockedError, StudyReadOnlyError
from lusgui.io import study_lock
from lusgui.io.study_lock import Holder, StudyLock, lock_path, read_holder


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "ward.lusgui"
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize("is_network", [False, True])
def test_second_is_refused_and_told_who(study, is_network):
    first = StudyLock(study, is_network=is_network)
    assert first.is_held()
    with pytest.raises(StudyLockedError, match="on this computer since") as refused:
        StudyLock(study, is_network=is_network)
    assert refused.value.path == study
    assert first.is_held()
    first.release()
    first.release()
    assert not lock_path(study).exists()
    StudyLock(study, is_network=is_network).release()
    assert list(study.parent.iterdir()) == [study]


def leave(study, host="elsewhere", pid=1, age=0.0):
    """Leave a lease as another machine would."""
    path = lock_path(study)
    path.write_text(json.dumps(asdict(Holder(host, pid, "Bo", "2026-01-02T03:04:05+00:00", "abc"))))
    then = time.time() - age
    os.utime(path, (then, then))


def test_lease_of_another_machine_counts_while_it_is_renewed(study):
    leave(study, age=study_lock.STALE_SECONDS / 2)
    with pytest.raises(StudyLockedError, match="Bo has it open on elsewhere since 03:04 UTC"):
        StudyLock(study, is_network=True)
    leave(study, age=study_lock.STALE_SECONDS * 2)
    lock = StudyLock(study, is_network=True)
    assert lock.is_held()
    lock.release()


def test_lease_of_a_dead_process_here_is_taken_over_at_once(study):
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    import socket

    leave(study, socket.gethostname(), dead.pid)
    lock = StudyLock(study, is_network=True)
    lock.release()


def test_lease_is_renewed(study, monkeypatch):
    monkeypatch.setattr(study_lock, "RENEW_SECONDS", 0.02)
    lock = StudyLock(study, is_network=True)
    os.utime(lock_path(study), (0, 0))
    end = time.monotonic() + 10
    while lock_path(study).stat().st_mtime == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert lock_path(study).stat().st_mtime > 0
    lock.release()


def test_lost_lease_is_noticed_and_not_removed(study):
    lock = StudyLock(study, is_network=True)
    leave(study)
    assert not lock.is_held()
    lock.release()
    assert read_holder(lock_path(study)).user == "Bo"


def test_unreadable_lease_is_somebodys(study):
    lock_path(study).write_text("[[[[")
    with pytest.raises(StudyLockedError, match="another program"):
        StudyLock(study, is_network=True)


def test_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(StudyReadOnlyError, match="folder"):
        StudyLock(tmp_path / "gone" / "ward.lusgui", is_network=False)


def test_lock_dies_with_its_process(study):
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom lusgui.io.study_lock import StudyLock\n"
        "lock = StudyLock(Path(sys.argv[1]), is_network=False)\n"
        "sys.stdout.write('held\\n'); sys.stdout.flush(); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", program, str(study)], stdout=subprocess.PIPE)
    assert other.stdout.readline().strip() == b"held"
    with pytest.raises(StudyLockedError):
        StudyLock(study, is_network=False)
    other.kill()
    other.wait()
    other.stdout.close()
    StudyLock(study, is_network=False).release()
