"""A disk that is really full: a small one of memory, mounted for one child process alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

CHILD = """
import json, os, sys, tempfile
from pathlib import Path
import numpy as np
import tifffile
from lusgui.base.errors import WriteFailedError
from lusgui.core.annotation import PlaneKey
from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.io.export import export_study
from lusgui.io.export.measures import measure_study, write_measures
from lusgui.io.study import Study
from lusgui.io.study_join import join_studies
from lusgui.session.session import Session

disk, outside = Path(sys.argv[1]), Path(sys.argv[2])
clip = outside / "clip.tif"
tifffile.imwrite(clip, np.full((4, 300, 200), 90, np.uint8), photometric="minisblack")
Study.create(outside / "other.lusgui").close()
session, told, found = Session(), [], {}
session.problem_reported.connect(told.append)
assert session.new_study(disk / "ward.lusgui")
(clip_id,) = session.add_recordings([clip])
session.set_spacing(clip_id, (0.1, 0.1))
session.go_to(clip_id, 0)
key = [PlaneKey(clip_id, frame, "rib") for frame in range(3)]
line = Drawn(Kind.DISTANCE, ((1.0, 2.0), (11.0, 2.0)))


def draw(frame):
    mask = np.random.default_rng(frame).random((300, 200)) < 0.5
    return session.push_masks("Brush", {key[frame]: mask})


def refused(name, work):
    try:
        work()
    except WriteFailedError as error:
        found[name] = str(error)
    else:
        found[name] = "was not refused"


assert draw(0)
filler = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filler, bytes(4096))
except OSError:
    os.close(filler)
before = sorted(path.name for path in disk.iterdir())
assert draw(1) and draw(2)
assert session.callipers.add(line)
found["unsaved"] = [session.unsaved_count, session.save_state, list(session.callipers.unwritten)]
found["told"] = [f"{one.title}: {one.message} {one.remedy}" for one in told]
refused("merge", lambda: join_studies([disk / "ward.lusgui", outside / "other.lusgui"], disk / "both.lusgui"))
refused("export", lambda: export_study(session.study, disk, ("tiff", "mat", "png")))
refused("measures", lambda: write_measures(disk / "m.csv", measure_study(session.study), session.study))
refused("copy", lambda: session.study.save_copy(disk / "copy.lusgui"))
refused("new", lambda: Study.create(disk / "new.lusgui"))
tempfile.tempdir = str(disk)
pair = [disk / "ward.lusgui", outside / "other.lusgui"]
refused("scratch", lambda: join_studies(pair, outside / "b.lusgui"))
tempfile.tempdir = None
found["left"] = sorted(set(path.name for path in disk.iterdir()) - set(before))
found["outside"] = sorted(path.name for path in outside.iterdir())
found["closed"] = session.close_study()
(disk / "filler").unlink()
session.tick()
session._retried = 0.0
session.tick()
found["then"] = [session.unsaved_count, session.save_state, list(session.callipers.unwritten)]
session.close_study()
with Study.open(disk / "ward.lusgui") as study:
    found["masks"] = [
        bool((study.mask(each) == (np.random.default_rng(frame).random((300, 200)) < 0.5)).all())
        for frame, each in enumerate(key)
    ]
    found["check"] = study.check()
again = Session()
again.open_study(disk / "ward.lusgui")
found["calliper"] = again.callipers.of(clip_id, 0) == (line,)
again.close_study()
print("FOUND" + json.dumps(found))
"""


def run(folder, outside):
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1" "$4"'
    inner = ["sh", "-c", mount, "sh", str(folder), sys.executable, CHILD, str(outside)]
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", *inner],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("unshare") is None, reason="needs Linux")
def test_a_full_disk_is_said_leaves_nothing_half_and_what_was_done_is_kept(tmp_path):
    disk, outside = tmp_path / "disk", tmp_path / "outside"
    disk.mkdir()
    outside.mkdir()
    done = run(disk, outside)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("no private mounts here")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.split("FOUND")[1])
    assert found["unsaved"] == [2, "unsaved", [1]]
    full = "ward.lusgui: the disk is full. Save a copy in another place; nothing drawn is lost until then."
    assert found["told"] == [
        f"Not saved yet: what you draw is kept in memory: {full}",
        f"Not saved yet: callipers are kept in memory: {full}",
    ]
    elsewhere = "Free some space or choose another folder."
    assert found["merge"] == f"both.lusgui: the disk is full. {elsewhere}"
    assert found["export"] == f"clip_rib.tif: the disk is full; nothing was written. {elsewhere}"
    assert found["measures"] == f"m.csv: the disk is full. {elsewhere}"
    assert found["copy"].startswith("copy.lusgui: the disk is full")
    assert found["new"] == f"new.lusgui: the disk is full. {elsewhere}"
    assert found["scratch"].startswith("ward.lusgui: it cannot be copied to ")
    assert "the disk is full" in found["scratch"]
    assert "TMPDIR" in found["scratch"]
    assert found["left"] == []
    assert found["outside"] == ["clip.tif", "other.lusgui"]
    assert found["closed"] is False
    assert found["then"] == [0, "saved", []]
    assert found["masks"] == [True, True, True]
    assert found["check"] == "ok"
    assert found["calliper"] is True
