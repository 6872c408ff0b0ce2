from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

from lusgui.base.errors import LusguiError
from training.__main__ import main
from training.commands.simulate import parse_size
from training.data.open import read_dataset
from training.simulate.clips import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_writes_a_data_set(tmp_path, capsys, kind):
    out = tmp_path / "set"
    assert main(["simulate", kind, "--out", str(out), "--count", "2", "--seed", "4", "--size", "64"]) == 0
    samples = read_dataset(out).samples
    assert [sample.frame.shape for sample in samples] == [(64, 64), (64, 64)]
    assert set(samples[0].masks) == set(KINDS[kind].labels)
    assert "2 clips" in capsys.readouterr().out


def test_options_reach_the_job(tmp_path):
    out = tmp_path / "set"
    arguments = ["simulate", "lung", "--out", str(out), "--count", "1", "--frames", "2", "--preview"]
    arguments += ["--geometry", "sector", "--format", "tiff", "--size", "80x64"]
    assert main(arguments) == 0
    samples = read_dataset(out, "rib").samples
    assert [sample.frame.shape for sample in samples] == [(80, 64), (80, 64)]
    assert (out / "preview" / "contact_sheet.png").is_file()
    assert main(arguments) == 2  # it is there
    assert main([*arguments, "--force"]) == 0


def test_force_does_not_write_into_a_folder_of_ones_own(tmp_path, capsys):
    mine = tmp_path / "images" / "p1.png"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    assert main(["simulate", "lung", "--out", str(tmp_path), "--count", "1", "--force"]) == 2
    assert "no simulation" in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize("style", ["wide", "plain"])
def test_styles_of_chest_walls(tmp_path, style):
    arguments = ["simulate", "lung", "--out", str(tmp_path), "--count", "1", "--size", "64"]
    assert main([*arguments, "--style", style]) == 0
    (sample,) = read_dataset(tmp_path).samples
    assert (sample.spacing_mm is None) == (style == "plain")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["head", "--geometry", "linear"], "not made with the geometry"),
        (["salient", "--frames", "3"], "stills only"),
        (["lung", "--style", "plain", "--frames", "3"], "only stills"),
        (["cyst", "--size", "7"], "no size"),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(tmp_path, capsys, arguments, words):
    assert main(["simulate", *arguments, "--out", str(tmp_path / "set")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("text", ["", "x", "12x", "100x100x100", "20", "9999", "-64", "1e3"])
def test_no_size_is_refused(text):
    with pytest.raises(LusguiError, match="no size"):
        parse_size(text)


def test_sizes_are_rows_and_columns():
    assert parse_size(None) is None
    assert parse_size("128") == (128, 128)
    assert parse_size("200X100") == (200, 100)


def test_comparing_writes_figure_and_numbers(tmp_path, capsys):
    data = tmp_path / "real"
    main(["simulate", "lung", "--out", str(data), "--count", "3", "--size", "96"])
    figure = tmp_path / "new" / "figure.png"
    arguments = ["simulate", "compare", "--data", str(data), "--out", str(figure), "--count", "2"]
    assert main(arguments) == 0
    assert figure.stat().st_size > 10_000
    with figure.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        assert {row["set"] for row in csv.DictReader(stream)} == {
            "real, real", "simulated, plain", "simulated, wide",
        }  # fmt: skip
    capsys.readouterr()
    assert main(arguments) == 2
    assert "already there" in capsys.readouterr().err
    assert main([*arguments[:-3], str(tmp_path / "figure.pdf"), "--count", "2"]) == 2
    left_out = [*arguments, "--force", *(f"--leave-out=lung_0_000{k}" for k in range(3))]
    assert main(left_out) == 2
    assert "no frame" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_leaves_whole_clips(tmp_path):
    out = tmp_path / "set"
    command = [sys.executable, "-m", "training", "simulate", "cyst", "--out", str(out), "--count", "5000"]
    process = subprocess.Popen(
        [*command, "--size", "64"],
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has told them, and their children, to ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while len(list((out / "images").glob("*.png"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "clips are written whole" in said
    samples = read_dataset(out).samples
    assert len(samples) >= 2
    assert len(samples) == len(list((out / "images").glob("*.png")))


def _real_frames(folder, drawn):
    """Write frames with masks of ribs, as images/ and masks/rib/."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for name, with_rib in drawn.items():
        mask = np.zeros((130, 140), np.uint8)
        mask[40:44, 30:90] = 255 * with_rib
        frame = random.integers(60, 140, size=mask.shape).astype(np.uint8)
        for part, picture in (("images", frame), ("masks/rib", mask)):
            (folder / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(folder / part / f"{name}.png")


def test_ribs_are_put_into_real_frames_that_show_none(tmp_path, capsys):
    real, out = tmp_path / "real", tmp_path / "set"
    _real_frames(real, {"a": True, "b": False})
    arguments = ["simulate", "implant", "--hosts", str(real), "--out", str(out), "--count", "3"]
    assert main([*arguments, "--preview"]) == 0
    assert "1 real frames" in capsys.readouterr().err
    samples = read_dataset(out, "rib").samples
    assert [sample.name for sample in samples] == [f"implant_0_{n:04d}" for n in range(3)]
    assert {sample.group for sample in samples} == {"b"}  # of the host
    with (out / "truth.csv").open(encoding="utf-8", newline="") as stream:
        assert {row["source"] for row in csv.DictReader(stream)} == {"ribs put into b"}
    assert "licences" in (out / "simulation.json").read_text(encoding="utf-8")
    assert main([*arguments, "--force", "--format", "tiff"]) == 0
    assert (out / "images" / "implant_0_0002.tif").is_file()
    assert not (out / "images" / "implant_0_0002.png").exists()


def test_without_a_frame_free_of_ribs_nothing_is_written(tmp_path, capsys):
    real, out = tmp_path / "real", tmp_path / "set"
    _real_frames(real, {"a": True})
    assert main(["simulate", "implant", "--hosts", str(real), "--out", str(out)]) == 2
    assert "no frame without ribs" in capsys.readouterr().err
    assert not out.exists()
