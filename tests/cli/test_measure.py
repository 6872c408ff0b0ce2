import csv
import io
import json

import numpy as np
import pytest

from lusgui.cli import main
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.core.recording import Intensity
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording


@pytest.fixture
def study_path(tmp_path):
    mask = np.zeros((60, 40), bool)
    mask[20:26, 10:30] = True
    source = tmp_path / "clip.mat"
    source.write_bytes(b"no recording")
    with Study.create(tmp_path / "s.lusgui") as study:
        entry = study.add_recording(NewRecording(source, 3, 60, 40, Intensity.LINEAR, spacing_mm=(0.1, 0.5)))
        key = PlaneKey(entry.id, 1, "rib")
        patch = patch_between(key, np.zeros_like(mask), mask)
        change = StatusChange(key, Status.UNTOUCHED, Status.ACCEPTED)
        study.push(Edit("test", (patch,), (change,), "Ann", now_utc()))
        return study.path


def test_a_table_on_standard_output(study_path, capsys):
    assert main(["measure", str(study_path)]) == 0
    said = capsys.readouterr()
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(said.out))}
    assert float(rows["depth"]["value"]) == pytest.approx(2)
    assert float(rows["arc_length"]["value"]) == pytest.approx(10, abs=0.7)
    assert rows["shadow_width"]["value"] == ""  # the file is no recording
    assert rows["shadow_width"]["reason"]
    assert "refused with a reason" in said.err


def test_files(study_path, tmp_path, capsys):
    out = tmp_path / "m.json"
    words = ["measure", str(study_path), "--out", str(out), "--label", "rib", "--no-images"]
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert json.loads(out.read_text(encoding="utf-8"))["measures"]
    assert main(words) == 2
    assert "already there" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


def test_what_is_not_there(study_path, tmp_path, capsys):
    assert main(["measure", str(study_path), "--label", "spleen"]) == 2
    assert "no label 'spleen'" in capsys.readouterr().err
    assert main(["measure", str(tmp_path / "none.lusgui")]) == 2
    assert main(["measure", str(study_path), "--out", str(tmp_path / "m.txt")]) == 2
    assert "csv or .json" in capsys.readouterr().err
