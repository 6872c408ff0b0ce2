"""A training program that plays a part: ``python fake_trainer.py PLAY [name=value ...] --job job.json``.

It speaks the messages of `lusgui.core.learning.messages` and starts in a few milliseconds: only a play that
leaves a model behind imports anything of ours. Plays: see `PLAYS`. Values: ``steps``, ``pause`` (seconds
a step), ``dice`` (of the candidate; that of the model in use is 0.5), ``frames`` (held out).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PLAY = sys.argv[1]
JOB = Path(sys.argv[sys.argv.index("--job") + 1])
FOLDER = JOB.parent
VALUES = dict(word.split("=", 1) for word in sys.argv[2:] if "=" in word)
STEPS = int(VALUES.get("steps", 5))
PAUSE = float(VALUES.get("pause", 0.01))
DICE = float(VALUES.get("dice", 0.8))
HELD_OUT = int(VALUES.get("frames", 3))

heard = []
"""Words of the parent; ``end`` when its end of the pipe is closed."""


def listen():
    for line in sys.stdin:
        heard.append(line.strip())
    heard.append("end")


def say(kind, **values):
    raw(json.dumps({"type": kind} | values).encode() + b"\n")


def raw(data):
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(0)


def started():
    say("started", device="cpu", device_name="a pretended processor", threads=1, frames=5, strategy="whole",
        held_out_frames=HELD_OUT, held_out_how="Three frames far from the others were held out.",
        strategy_why="few masks", base="rib-2.0", parameters=1000, steps=STEPS, base_dice=0.4,
        active_dice=0.5)  # fmt: skip


def learn(steps=STEPS, obey=True):
    """Learn until the steps are done or somebody says a word; return the word."""
    for step in range(1, steps + 1):
        if obey and heard:
            return heard[0]
        say("progress", phase="learning", step=step, steps=steps, loss=1.0 / step, seconds=step * PAUSE,
            eta_s=(steps - step) * PAUSE, images_per_s=12.5, memory_mb=300.0)  # fmt: skip
        say("epoch", epoch=step, step=step, loss=1.0 / step, dice=DICE * step / steps, hd95=2.0,
            false_components=0.0)  # fmt: skip
        time.sleep(PAUSE)
    return ""


def write_result(reason="completed"):
    """Leave a candidate (the base's weights under another name) and a result that praises it."""
    from dataclasses import replace
    from hashlib import sha256

    from lusgui.base.atomic import atomic_path
    from lusgui.core.learning.gate import decide
    from lusgui.core.learning.job import LearnJob
    from lusgui.core.learning.result import RunResult
    from lusgui.core.learning.scores import FrameScore
    from lusgui.core.learning.status import FinishReason
    from lusgui.core.model_card import CARD_KEY, parse_card

    job = LearnJob.loads(JOB.read_bytes())
    model = Path(job.base_path).read_bytes()
    begin = 8 + int.from_bytes(model[:8], "little")
    header = json.loads(model[8:begin])
    card = parse_card(header["__metadata__"][CARD_KEY])
    card = replace(card, version=f"{card.version}.run{job.run_id}", parent=card.key, labels=card.labels)
    header["__metadata__"][CARD_KEY] = json.dumps(card.to_json())
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    raw_model = len(head).to_bytes(8, "little") + head + model[begin:]
    with atomic_path(FOLDER / "candidate.safetensors", overwrite=True) as path:
        path.write_bytes(raw_model)
    recording = job.recordings[0].id
    rows, active = {}, {}
    for label in job.labels:
        rows[label] = tuple(FrameScore(recording, n, label, DICE, 2.0, "mm", 0) for n in range(HELD_OUT))
        active[label] = tuple(FrameScore(recording, n, label, 0.5, 3.0, "mm", 1) for n in range(HELD_OUT))
    result = RunResult(
        job.run_id,
        job.labels,
        FinishReason(reason),
        "candidate.safetensors",
        card.key,
        sha256(raw_model).hexdigest(),
        rows,
        active,
        active,
        tuple((recording, n) for n in range(HELD_OUT)),
        "Three frames far from the others were held out.",
        {label: decide(rows[label], active[label]) for label in job.labels},
        seconds=1.0,
        device="cpu",
        strategy="whole",
        frames=5,
        recordings=1,
    )
    with atomic_path(FOLDER / "result.json", overwrite=True) as path:
        path.write_text(result.dumps(), encoding="utf-8")


def finished(reason="completed", **more):
    has_result = (FOLDER / "result.json").exists()
    say("finished", reason=reason, result="result.json" if has_result else None, **more)


def complete():
    """Learn and leave a model; obey every word."""
    started()
    say("notice", text="Everything fits into the memory.")
    end(learn())


def end(word):
    if word == "cancel":
        finished("cancelled")
    elif word == "end":
        (FOLDER / "state").mkdir(exist_ok=True)
        (FOLDER / "state" / "step").write_text("3")
        finished("interrupted")
    else:
        reason = "stopped and kept" if word == "stop" else "completed"
        write_result(reason)
        finished(reason)


def silent():
    """Say nothing, hear nothing."""
    time.sleep(600)


def mute():
    """Begin well, then say nothing more, hear nothing."""
    started()
    time.sleep(600)


def stubborn():
    """Talk on, whatever is said, and refuse to be ended."""
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    started()
    learn(10**6, obey=False)


def crash():
    """Die in the middle of a step."""
    started()
    learn(2)
    sys.stderr.write("Fatal: a pointer led nowhere\n")
    sys.stderr.flush()
    os.abort()


def fail():
    """End with an error that it can name."""
    started()
    say("finished", reason="failed", result=None, problem={
        "title": "The run did not finish", "message": "clip.mat: the file is gone.",
        "remedy": "Find it."})  # fmt: skip
    sys.exit(1)


def out_of_memory():
    """Say that memory ran out."""
    started()
    say("finished", reason="out of memory", result=None, problem={
        "title": "The run did not finish", "message": "Not enough memory for one frame.",
        "remedy": ""})  # fmt: skip


def memory_error():
    """Die of a MemoryError without a word on standard output."""
    started()
    raise MemoryError


def back_off():
    """Run out of memory, take smaller batches, and finish."""
    started()
    say("notice", text="Not enough memory: 4 frames a step instead of 8.")
    end(learn())


def garbage():
    """Write what no message is, then finish well."""
    started()
    raw(b'Epoch 1/5 ====> loss 0.3\n\x00\xff\xfe\x01{"type": \n[1, 2\n{}\n"text"\n' + b"[" * 5000 + b"\n")
    raw(b'{"type": "progress", "phase": "dancing"}\n{"type": "finished", "reason": "bored"}\n')
    raw(b'{"type": "progress", "phase": "learning", "step": NaN}\n')
    end(learn())


def huge():
    """Write lines of many megabytes, then finish well."""
    started()
    for _ in range(4):
        raw(b"x" * 5_000_000 + b"\n")
    raw(b'{"type": "log", "text": "' + b"y" * 3_000_000 + b'"}\n')
    end(learn())


def flood():
    """Write thousands of messages as fast as the pipe takes them, then finish well."""
    started()
    for step in range(5000):
        say("progress", phase="learning", step=step, steps=5000, loss=1.0)
    end(learn())


def no_finished():
    """End without a last word and without a result."""
    started()
    learn(2)


def late_death():
    """Leave a result and die before saying so."""
    started()
    learn(2)
    write_result()
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def lie():
    """Say that it completed, without a result."""
    started()
    finished("completed")


def bad_result():
    """Leave a result that is none."""
    started()
    (FOLDER / "result.json").write_text('{"run_id": -5}')
    finished("completed")


def linger():
    """Finish well and do not end."""
    started()
    write_result()
    finished()
    time.sleep(600)


def family():
    """Start a process of its own that holds the pipes, and ignore everything."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (FOLDER / "grandchild").write_text(str(child.pid))
    stubborn()


PLAYS = (complete, silent, mute, stubborn, crash, fail, out_of_memory, memory_error, back_off, garbage, huge,
         flood, no_finished, late_death, lie, bad_result, linger, family)  # fmt: skip

if __name__ == "__main__":
    (FOLDER / "played").write_text(PLAY)
    threading.Thread(target=listen, daemon=True).start()
    {play.__name__: play for play in PLAYS}[PLAY]()
    sys.stdout.flush()
    os._exit(0)  # the listening thread holds standard input
