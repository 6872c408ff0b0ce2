from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.io
import tifffile
import torch
from PIL import Image

from lusgui.cli import main
from lusgui.core.despeckle import FAST, OFF
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import Intensity
from lusgui.io.models import own_models_dir
from lusgui.nn.checkpoint import save_model
from lusgui.nn.preprocess import Preprocess
from lusgui.nn.registry import build

SHAPE = (96, 40)


@pytest.fixture
def clip(tmp_path):
    """A linear recording of three frames in a MAT file, as MATLAB would hold it."""
    frames = np.random.default_rng(1).rayleigh(100.0, (*SHAPE, 3)).astype(np.float32)
    path = tmp_path / "in" / "clip.mat"
    path.parent.mkdir()
    scipy.io.savemat(path, {"ImgData": frames})
    return path


def bright_model(folder, name="bright", **card):
    """A model that says yes exactly where gray is above one half, whatever its other weights are."""
    network = build("lus-unet", base_width=1, norm="none")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        # straight through: the first block, the skip of the last, the head
        for block, channel in (
            (network.b1[0][0], 0),
            (network.b1[1][0], 0),
            (network.b9.conv[0][0], 0),
            (network.b9.conv[1][0], 0),
        ):
            block.weight[0, channel, 1, 1] = 1.0
        network.head.weight[0, 0] = 200.0
        network.head.bias[0] = -100.0
    values = {"labels": ("rib",), "input_shape": SHAPE_IN, "despeckle": None} | card
    path = folder / f"{name}.safetensors"
    return path, save_model(path, network, ModelCard(name, "1.0", "lus-unet", **values))


SHAPE_IN = (96, 48)


@pytest.fixture
def model(tmp_path):
    return bright_model(tmp_path)


def run(*words):
    return main(["segment", *map(str, words)])


def test_masks_lie_on_the_raw_grid_under_exactly_the_promised_names(clip, model, tmp_path, capsys):
    out = tmp_path / "out"
    formats = ["--format", "tiff", "--format", "mat", "--format", "png"]
    assert run(clip, "--label", "rib", "--model", model[0], "--out", out, *formats) == 0
    names = {p.name for p in out.iterdir() if not p.name.endswith(".json")}
    assert names == {"clip_rib.tif", "clip_rib.mat"} | {f"clip_rib_{k:05d}.png" for k in (1, 2, 3)}
    masks = tifffile.imread(out / "clip_rib.tif")
    assert masks.shape == (3, *SHAPE)
    assert masks.dtype == np.uint8
    assert set(np.unique(masks)) == {0, 255}
    inside = scipy.io.loadmat(out / "clip_rib.mat")["mask_rib"]
    assert np.array_equal(np.moveaxis(inside, 2, 0).astype(bool), masks > 0)
    said = capsys.readouterr()
    assert "clip.mat: rib in 3 of 3 frames" in said.out
    assert said.err == ""


def expected(clip, card, settings, threshold=0.5):
    from lusgui.core.intensity import measure_mapping
    from lusgui.core.pipeline import gray_frame
    from lusgui.io.open import open_recording

    pre = Preprocess.from_card(card)
    with open_recording(clip) as recording:
        mapping = replace(measure_mapping(recording), dynamic_range_db=card.dynamic_range_db)
        masks = []
        for frame in recording:
            x = pre.forward(gray_frame(frame, mapping, settings))
            masks.append(pre.inverse(torch.sigmoid(200 * x - 100)[0, 0], SHAPE) >= threshold)
    return np.stack(masks)


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"despeckle": FAST.to_json()},
        {"dynamic_range_db": 30.0},
        {"intensity": Intensity.LINEAR},
        {"mean": 0.2, "std": 1.5},
        {"input_shape": (64, 64)},
        {"threshold": 0.9},
    ],
)
def test_the_header_is_obeyed(clip, tmp_path, card):
    path, written = bright_model(tmp_path, **card)
    assert run(clip, "--label", "rib", "--model", path, "--out", tmp_path / "o") == 0
    masks = tifffile.imread(tmp_path / "o" / "clip_rib.tif") > 0
    wanted = expected(clip, written, written.despeckle_settings, written.threshold)
    assert wanted.any()
    assert np.mean(masks != wanted) < 0.002  # half-precision weights at the very edge


def test_threshold_and_despeckling_can_be_overruled(clip, tmp_path):
    path, card = bright_model(tmp_path, despeckle=FAST.to_json())
    words = ["--label", "rib", "--model", path, "--threshold", "0.2", "--no-despeckle"]
    assert run(clip, *words, "--out", tmp_path / "o") == 0
    masks = tifffile.imread(tmp_path / "o" / "clip_rib.tif") > 0
    assert np.mean(masks != expected(clip, card, OFF, 0.2)) < 0.002


def test_hysteresis_keeps_what_is_faint_only_where_it_touches_what_is_sure(clip, model, tmp_path, capsys):
    words = ["--label", "rib", "--model", model[0], "--threshold"]
    for name, more in (("high", ["0.9"]), ("low", ["0.1"]), ("both", ["0.9", "--low", "0.1"])):
        assert run(clip, *words, *more, "--out", tmp_path / name) == 0
    high, low, both = (tifffile.imread(tmp_path / n / "clip_rib.tif") > 0 for n in ("high", "low", "both"))
    assert not (high & ~both).any()
    assert not (both & ~low).any()
    (side,) = (tmp_path / "both").glob("*.json")
    facts = json.loads(side.read_text())
    assert (facts["threshold"], facts["low_threshold"]) == (0.9, 0.1)
    assert run(clip, *words, "0.3", "--low", "0.4", "--out", tmp_path / "no") != 0
    assert "not below the threshold" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_a_model_is_found_by_name_and_by_label(clip, tmp_path):
    own_models_dir().mkdir(parents=True)
    bright_model(own_models_dir(), name="rib")
    bright_model(own_models_dir(), name="a-better-one")
    assert run(clip, "--label", "rib", "--model", "a-better-one", "--out", tmp_path / "a") == 0
    assert run(clip, "--label", "rib", "--out", tmp_path / "b") == 0
    (side,) = (tmp_path / "b").glob("*.json")
    assert json.loads(side.read_text())["model_version"].startswith("rib-1.0-")


def test_nothing_is_replaced_unasked_and_nothing_is_computed_before_that_is_known(
    clip, model, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    words = [clip, "--label", "rib", "--model", model[0], "--out", out, "--format", "png"]
    assert run(*words) == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    monkeypatch.setattr("lusgui.nn.checkpoint.load_model", lambda _path: pytest.fail("computed"))
    assert run(*words) == 2
    assert "already there" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    monkeypatch.undo()
    monkeypatch.setenv("LUSGUI_HOME", str(tmp_path))
    assert run(*words, "--force") == 0


def test_two_inputs_of_one_name_are_refused(clip, model, tmp_path, capsys):
    twin = tmp_path / "twin" / "CLIP.mat"
    twin.parent.mkdir()
    twin.write_bytes(clip.read_bytes())
    assert run(clip, twin, "--label", "rib", "--model", model[0], "--out", tmp_path / "o") == 2
    assert "same name" in capsys.readouterr().err


def test_of_a_folder_the_bad_file_is_named_and_the_good_are_done(clip, model, tmp_path, capsys):
    (clip.parent / "broken.mat").write_bytes(clip.read_bytes()[:3000])
    assert run(clip.parent, "--label", "rib", "--model", model[0], "--out", tmp_path / "o") == 2
    assert "broken.mat" in capsys.readouterr().err
    assert (tmp_path / "o" / "clip_rib.tif").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--label", "skull"], "no model knows the label 'skull'"),
        (["--label", "rib", "--model", "nobody"], "no model called 'nobody'"),
        (["--label", "pleura", "--model", "MODEL"], "It knows: rib"),
        (["--label", "rib", "--model", "MODEL", "--device", "tpu"], "no device 'tpu'"),
        (["--label", "rib", "--model", "CLIP"], "no safetensors file"),
    ],
)
def test_mistakes_are_one_sentence_and_status_two(clip, model, tmp_path, capsys, words, said):
    words = [{"MODEL": model[0], "CLIP": clip}.get(w, w) for w in words]
    assert run(clip, *words, "--out", tmp_path / "o") == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "o").exists()


def test_an_empty_folder_is_said(model, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--label", "rib", "--model", model[0], "--out", tmp_path / "o") == 2
    assert "no recording" in capsys.readouterr().err


def test_what_cannot_be_written_is_said_before_the_work(clip, model, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lusgui.cli.segment.segment_file", lambda *_: pytest.fail("work was begun"))
    words = [clip, "--label", "rib", "--model", model[0], "--format", "mat"]
    assert run(*words, "--out", clip) == 2
    assert "a file is where a folder should be" in capsys.readouterr().err
    assert run(*words, "--out", tmp_path / "out", "--mat-version", "9") == 2
    assert not (tmp_path / "out").exists()


def test_a_model_that_gives_boxes_is_one_sentence_and_status_two(clip, tmp_path, capsys):
    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import save_model
    from lusgui.nn.registry import build

    path = tmp_path / "boxes.safetensors"
    detector = build("yolo-tiny", base_width=1, input_side=32)
    save_model(path, detector, ModelCard("boxes", "1", "yolo-tiny", ("rib",), (32, 32)))
    assert run(clip, "--label", "rib", "--model", path, "--out", tmp_path / "o") == 2
    assert "the model boxes gives boxes, not masks" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_exchanged_black_and_white_are_said_and_put_right(model, tmp_path, capsys):
    gray = np.zeros(SHAPE, np.uint8)
    gray[20:-20, 8:-8] = np.random.default_rng(0).integers(20, 240, (SHAPE[0] - 40, SHAPE[1] - 16))
    for name, frame in (("dark", gray), ("white", 255 - gray)):
        Image.fromarray(frame).save(tmp_path / f"{name}.png")
    words = ("--label", "rib", "--model", model[0], "--format", "png")
    assert run(tmp_path / "dark.png", *words, "--out", tmp_path / "a") == 0
    assert "exchanged" not in capsys.readouterr().err
    assert run(tmp_path / "white.png", *words, "--out", tmp_path / "b") == 0
    assert "white.png: black and white look exchanged; if they are, add --inverted" in capsys.readouterr().err
    assert run(tmp_path / "white.png", *words, "--out", tmp_path / "c", "--inverted") == 0
    assert "exchanged" not in capsys.readouterr().err
    masks = [np.asarray(Image.open(next((tmp_path / folder).glob("*.png")))) for folder in "abc"]
    np.testing.assert_array_equal(masks[0], masks[2])
    assert (masks[0] != masks[1]).any()
