from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import ModelError
from lusgui.cli import main as lusgui_main
from lusgui.io.models import read_card
from training.__main__ import main
from training.commands.finetune import parse_size
from training.transfer import finetune as work

QUICK = ["--epochs", "1", "--steps", "2", "--batch", "2", "--loss", "bce", "--device", "cpu"]


@pytest.fixture
def folder(tmp_path, toy_samples):
    place = tmp_path / "mine"
    for part in ("images", "masks"):
        (place / part).mkdir(parents=True)
    for sample in toy_samples:
        Image.fromarray(sample.frame).save(place / "images" / f"{sample.name}.png")
        Image.fromarray((sample.masks["rib"] * 255).astype(np.uint8)).save(
            place / "masks" / f"{sample.name}.png"
        )
    return place


def _call(folder, out, *more):
    return ["finetune", "--data", str(folder), "--label", "rib", "--out", str(out), *QUICK, *more]


def test_the_model_segments_a_recording(folder, tmp_path, capsys):
    out = tmp_path / "out"
    base = ["--base", "scratch:lus-unet", "--width", "4", "--size", "32x48", "--seed", "3"]
    assert main(_call(folder, out, *base, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kept_aside"] == 2
    assert found["scores"]["kept_aside"]["frames"] == 2
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "f0" in page or "f1" in page
    assert "kept aside" in page
    card = read_card(out / "model.safetensors")
    assert (card.input_shape, card.seed, card.labels) == ((32, 48), 3, ("rib",))
    frame = str(folder / "images" / "f0.png")
    masks = tmp_path / "masks"
    arguments = ["segment", frame, "--label", "rib", "--model", str(out / "model.safetensors")]
    assert lusgui_main([*arguments, "--out", str(masks), "--format", "png"]) == 0
    assert list(masks.glob("f0_rib*.png"))
    # and can be fine-tuned on
    again = tmp_path / "again"
    assert main(_call(folder, again, "--base", str(out / "model.safetensors"))) == 0
    assert "lusgui segment RECORDING --label rib" in capsys.readouterr().out
    assert read_card(again / "model.safetensors").parent == card.key


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--base", "nobody"], "no model called"),
        (["--base", "scratch:yolo-tiny"], "made to detect"),
        (["--base", "rib", "--width", "8"], "cannot be changed"),
        (["--base", "rib", "--size", "33"], "multiples of 16"),
        (["--base", "rib", "--strategy", "most"], "no strategy"),
        (["--base", "rib", "--learning-rate", "-1"], "learning_rate"),
        (["--base", "rib", "--despeckle", "magic"], "magic"),
        (["--base", "rib", "--augment", "magic"], "magic"),
    ],
)
def test_bad_wishes_are_one_sentence(folder, tmp_path, capsys, change, words):
    assert main(_call(folder, tmp_path / "out", *change)) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("case", ["empty", "no mask", "other size", "no folder", "other label"])
def test_bad_data_are_one_sentence(folder, tmp_path, capsys, case):
    label = []
    if case == "empty":
        folder = tmp_path / "empty"
        folder.mkdir()
    elif case == "no folder":
        folder = tmp_path / "gone"
    elif case == "no mask":
        (folder / "masks" / "f1.png").unlink()
    elif case == "other size":
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "masks" / "f1.png")
    else:
        for path in folder.glob("masks/*.png"):
            path.rename(folder / "images" / f"{path.stem}.rib.png")
        (folder / "masks").rmdir()
        for path in folder.glob("images/*.png"):
            path.rename(folder / path.name)
        (folder / "images").rmdir()
        label = ["--label", "nerve"]
    assert main(_call(folder, tmp_path / "out", "--base", "rib", *label)) == 2
    said = capsys.readouterr().err.strip()
    assert said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_ctrl_c_keeps_the_state_and_says_how_to_go_on(folder, tmp_path, capsys, monkeypatch):
    base = ["--base", "scratch:lus-unet", "--width", "4", "--size", "32", "--epochs", "3"]
    trial = work.run_trial

    def pressed(*arguments, on_epoch, **more):
        def tell(row):
            on_epoch(row)
            os.kill(os.getpid(), signal.SIGINT)

        return trial(*arguments, on_epoch=tell, **more)

    monkeypatch.setattr(work, "run_trial", pressed)
    out = tmp_path / "out"
    assert main(_call(folder, out, *base)) == 130
    assert "same command again to go on" in capsys.readouterr().err
    assert (out / "state.pt").is_file()
    assert not (out / "model.safetensors").exists()
    monkeypatch.setattr(work, "run_trial", trial)
    assert main(_call(folder, out, *base, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == 3


def test_sizes():
    assert parse_size(None) is None
    assert parse_size("64") == (64, 64)
    assert parse_size("512x128") == (512, 128)
    for text in ("1x2x3", "a", "-16", "15"):
        with pytest.raises(ModelError):
            parse_size(text)


def test_a_size_that_is_none_is_named_as_it_was_written():
    for text in ("small", "33"):
        with pytest.raises(ModelError, match=rf"not '{text}'"):
            parse_size(text)


@pytest.mark.parametrize(
    ("dice", "says", "not_says"), [(0.0, "Warning", "lusgui segment"), (0.4, "segment", "Warn")]
)
def test_what_is_of_no_use_is_not_offered(folder, tmp_path, capsys, monkeypatch, dice, says, not_says):
    judged = work.judge
    monkeypatch.setattr(work, "judge", lambda *a: [row | {"dice": dice} for row in judged(*a)])
    base = ["--base", "scratch:lus-unet", "--width", "4", "--size", "32"]
    assert main(_call(folder, tmp_path / "out", *base)) == 0
    said = capsys.readouterr().out
    assert says in said
    assert not_says not in said
    assert (
        "6 frames of 6 groups: 5 to learn from, 1 kept aside" in said or "kept aside" in said.splitlines()[0]
    )


def test_a_job_is_given_to_the_child(monkeypatch, tmp_path):
    from training.learning import child

    told = []
    monkeypatch.setattr(child, "run_job", lambda path: told.append(path) or 0)
    assert main(["finetune", "--job", str(tmp_path / "job.json")]) == 0
    assert told == [tmp_path / "job.json"]


def test_without_a_job_the_rest_is_needed(capsys):
    assert main(["finetune", "--label", "rib"]) == 2
    assert "--job alone" in capsys.readouterr().err
