"""``training.commands.compare``: tables, JSON, pages and one clear sentence for what is wrong."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from training.__main__ import main
from training.metrics.scores import read_scores, write_scores


@pytest.fixture
def runs(tmp_path):
    random = np.random.default_rng(0)
    base = random.uniform(0.5, 0.9, 10)
    for model, shift in (("unet", 0.0), ("vgg", 0.1), ("scratch", -0.05)):
        values = base + shift + random.normal(0, 0.02, 10)
        images = [
            {"name": f"f{i}", "group": f"g{i // 2}", "label": "rib", "dice": v, "iou": v / 2}
            for i, v in enumerate(values.tolist())
        ]
        write_scores(tmp_path / model, {"model": model, "images": images})
    return [str(tmp_path / name) for name in ("unet", "vgg", "scratch")]


def test_json_says_everything(runs, capsys):
    assert main(["compare", *runs, "--metric", "dice", "--metric", "iou", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["metric"], second["metric"]) == ("dice", "iou")
    assert first["paired"]
    assert len(first["pairs"]) == 3
    assert first["pairs"][0]["p_t_holm"] < 0.01
    assert first["tukey"]["p"][0][0] == 1
    assert first["models"][1]["mean"] > first["models"][0]["mean"]


def test_tables_for_people(runs, capsys):
    assert main(["compare", *runs]) == 0
    shown = capsys.readouterr()
    assert "dice: 3 models on the same images" in shown.out
    assert "Tukey's HSD" in shown.out
    assert "paired t, Wilcoxon" in shown.out
    assert "independent" in shown.err
    assert main(["compare", *runs, "--unpaired", "--by", "group"]) == 0
    assert "Welch's t, Mann-Whitney U" in capsys.readouterr().out
    assert main(["compare", *runs, "--where", "group=g1"]) == 0
    assert " 2 " in capsys.readouterr().out


def test_a_page_a_table_or_a_folder(runs, capsys, tmp_path):
    assert main(["compare", *runs, "--out", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text()
    assert "unet" in page
    assert "data:image/png" in page
    assert main(["compare", *runs, "--out", str(tmp_path / "pairs.csv")]) == 0
    with (tmp_path / "pairs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3
    assert float(rows[2]["p Tukey"]) < float(rows[0]["p Tukey"]) < 0.3
    assert main(["compare", *runs, "--out", str(tmp_path / "report")]) == 0
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"report.html", "dice_models.csv", "dice_tukey.csv", "dice_pairs.csv", "dice_means.png"} <= names
    assert "report.html" in capsys.readouterr().out


def test_a_table_of_cross_validation_holds_several_models(tmp_path, capsys):
    lines = ["model,fold,seed,name,group,dice"]
    for seed in (0, 1):
        lines += [f"a,0,{seed},f{i},g{i},{0.5 + i / 20 + seed / 100}" for i in range(6)]
        lines += [f"b,0,{seed},f{i},g{i},{0.6 + i / 21 + seed / 100}" for i in range(6)]
    (tmp_path / "scores.csv").write_text("\n".join(lines) + "\n")
    assert len(read_scores(tmp_path)) == 2
    assert main(["compare", str(tmp_path), "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert [score["n"] for score in result["models"]] == [6, 6]


def test_models_of_one_image_each_are_not_crashed_on(tmp_path, capsys):
    for model in ("a", "b"):
        write_scores(tmp_path / model, {"model": model, "images": [{"name": "f", "group": "g", "dice": 0.5}]})
    arguments = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "r")]
    assert main(arguments) == 0
    assert "fewer than two pairs" in capsys.readouterr().out


def test_one_sentence_for_what_is_wrong(runs, tmp_path, capsys):
    cases = [
        ([runs[0]], "only one model"),
        ([*runs, "--metric", "moon"], "have no 'moon'. They have: dice, iou"),
        ([runs[0], str(tmp_path)], "neither scores.json nor scores.csv"),
        ([*runs, "--by", "moon"], "by image or by group"),
        ([*runs, "--where", "name=f99"], "no scores have name=f99"),
    ]
    for arguments, sentence in cases:
        assert main(["compare", *arguments]) == 2
        shown = capsys.readouterr()
        assert sentence in shown.err
        assert shown.err.count("\n") == 1


def _written(folder, task, label, measures):
    rows = [{"name": f"f{i}", "group": f"g{i}", "label": label} for i in range(6)]
    images = [row | dict.fromkeys(measures, 0.5 + i / 20) for i, row in enumerate(rows)]
    write_scores(folder, {"model": folder.name, "task": task, "images": images})
    return str(folder)


def test_boxes_are_not_compared_with_masks(tmp_path, capsys):
    boxes = _written(tmp_path / "yolo", "detect", "cerebellum", ["iou", "score"])
    masks = _written(tmp_path / "unet", "segment", "rib", ["dice", "iou"])
    for more in ([], ["--across-labels"], ["--metric", "iou"], ["--unpaired"]):
        assert main(["compare", boxes, masks, *more]) == 2
        shown = capsys.readouterr()
        assert "yolo gives boxes and unet gives masks" in shown.err
        assert not shown.out
    # the tables alone tell it by their measures
    assert main(["compare", f"{boxes}/scores.csv", f"{masks}/scores.csv", "--metric", "iou"]) == 2


def test_different_labels_are_compared_only_when_asked(tmp_path, capsys):
    ribs = _written(tmp_path / "a", "segment", "rib", ["dice"])
    pleurae = _written(tmp_path / "b", "segment", "pleura", ["dice"])
    assert main(["compare", ribs, pleurae]) == 2
    shown = capsys.readouterr().err
    assert "a was judged on rib and b on pleura" in shown
    assert "--across-labels" in shown
    assert main(["compare", ribs, pleurae, "--across-labels"]) == 0
    assert "different labels" in capsys.readouterr().err
