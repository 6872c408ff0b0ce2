from __future__ import annotations

import json
import subprocess
import sys

import psutil
import pytest

from lusgui.base.errors import WorkerError
from lusgui.session.learn_child import PROCESS_FILE, LearnChild, end_orphan, kill_tree, training_program

ECHO = """
import sys
for line in sys.stdin:
    print("heard", line.strip(), flush=True)
print("end", file=sys.stderr)
"""
FAMILY = """
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(inner.pid, flush=True)
inner.wait()
"""


@pytest.fixture
def child_of(tmp_path):
    children = []

    def make(code):
        child = LearnChild([sys.executable, "-c", code], tmp_path)
        children.append(child)
        return child

    yield make
    for child in children:
        child.release()


def hear(child):
    for _ in range(100):
        line = child.receive(0.1)
        if line is not None or (child.is_silent and not child.is_running):
            return line
    return None


def test_it_is_told_and_heard_and_leaves_nothing(child_of, tmp_path):
    child = child_of(ECHO)
    child.start()
    assert json.loads((tmp_path / PROCESS_FILE).read_text())["pid"] == child.pid
    child.say("stop")
    assert hear(child) == b"heard stop"
    child.close_stdin()
    assert hear(child) is None
    child.release()
    child.release()
    assert child.returncode == 0
    assert child.stderr_tail == "end"
    assert not (tmp_path / PROCESS_FILE).exists()


def test_the_job_stands_at_the_end_of_the_command(child_of, tmp_path):
    child = child_of("import sys; print(sys.argv[1:])")
    child.start()
    assert hear(child).decode() == str(["--job", str(tmp_path / "job.json")])


def test_it_goes_behind_every_other_process(child_of):
    child = child_of("import time; time.sleep(60)")
    child.start()
    assert psutil.Process(child.pid).nice() > psutil.Process().nice()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX sessions")
def test_it_has_its_own_group_in_the_same_session(child_of):
    # Ctrl+C reaches the parent alone; in a session of its own Linux would not weigh its priority against ours
    child = child_of("import os; print(os.getpgid(0), os.getsid(0))")
    child.start()
    import os

    group, session = map(int, hear(child).split())
    assert group == child.pid
    assert session == os.getsid(0)


def test_a_program_that_is_not_there_is_explained(tmp_path):
    child = LearnChild([str(tmp_path / "nothing")], tmp_path)
    with pytest.raises(WorkerError, match="could not be started"):
        child.start()
    child.release()
    assert child.pid == 0
    assert not child.is_running


def test_waking_returns_at_once(child_of):
    child = child_of("import time; time.sleep(60)")
    child.start()
    child.wake()
    assert child.receive(60) is None


def test_words_to_the_dead_are_no_error(child_of):
    child = child_of("pass")
    child.start()
    hear(child)
    child.say("stop")
    child.terminate()
    child.kill()
    kill_tree(child.pid)
    assert child.returncode == 0


def test_killing_takes_what_it_started_along(child_of):
    child = child_of(FAMILY)
    child.start()
    grandchild = int(hear(child))
    child.kill()
    child.release()
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE


def test_a_flood_is_not_kept_in_memory(child_of):
    child = child_of("import sys\nwhile True: sys.stdout.write('x' * 1000 + chr(10))")
    child.start()
    assert hear(child) == b"x" * 1000
    for _ in range(20):
        child.receive(0.01)
    assert child._inbox.qsize() <= child._inbox.maxsize


def test_what_a_dead_window_left_behind_is_ended(tmp_path):
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        note = {"pid": orphan.pid, "started": psutil.Process(orphan.pid).create_time()}
        (tmp_path / PROCESS_FILE).write_text(json.dumps(note | {"started": note["started"] - 100}))
        assert not end_orphan(tmp_path)  # another process has that number now
        assert orphan.poll() is None
        (tmp_path / PROCESS_FILE).write_text(json.dumps(note))
        assert end_orphan(tmp_path, wait_s=0.01)
        orphan.wait(5)
        assert not (tmp_path / PROCESS_FILE).exists()
    finally:
        orphan.kill()
        orphan.wait()


@pytest.mark.parametrize("text", ["", "[]", '{"pid": "x"}', "[" * 990, '{"pid": 99999999, "started": 1}'])
def test_an_unsound_note_names_nobody(tmp_path, text):
    (tmp_path / PROCESS_FILE).write_text(text)
    assert not end_orphan(tmp_path)


def test_the_program_is_this_python_or_the_second_program_of_a_frozen_one(monkeypatch, tmp_path):
    assert training_program() == [sys.executable, "-P", "-m", "training", "finetune"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "lusgui"))
    program, command = training_program()
    assert program.startswith(str(tmp_path / "lusgui-training"))
    assert command == "finetune"
