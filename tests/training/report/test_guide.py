from __future__ import annotations

import json
import re

import pytest

from lusgui.base.errors import LusguiError
from lusgui.base.paths import resources_dir
from training.report import guide
from training.report.figures import new_figure, png_of
from training.report.guide import Sources, number, percent, render, stale, write_guide
from training.report.tables import write_csv

PAGE = "default-models.md"
MEASURED = "learning-measured.md"
CLICKS = "clicking-measured.md"


@pytest.fixture
def root(tmp_path):
    """Resources with two cards and nothing measured."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("rib", "cerebellum"):
        card = {
            "name": name,
            "labels": [name],
            "architecture": "lus-unet",
            "input_shape": [160, 160],
            "version": "2.0",
            "date": "2026-11-21",
            "scores": {},
            "notes": f"Research use only, not a medical device. Notes of {name}.",
        }
        (weights / f"{name}.json").write_text(json.dumps(card), encoding="utf-8")
        (weights / f"{name}.safetensors").write_bytes(bytes(1_234_567))
    return tmp_path


@pytest.fixture
def measured(root):
    bridge = root / "experiments" / "bridge"
    path = root / "weights" / "rib.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    target = {"name": "mean Dice of frames", "wanted": "at least 0.75", "got": 0.7512, "low": None}
    groups = {"g_reg": {"frames": 4, "negatives": 1, "missed": 0, "dice": 0.626}}
    groups["g_reg"]["negatives_with_anything_found"] = 1
    card["scores"] = {
        "input": "raw",
        "targets": [target | {"high": None, "n": 12, "met": True}],
        "cross_validation_by_group": {"rib": {"raw": groups}},
    }
    path.write_text(json.dumps(card), encoding="utf-8")
    path = root / "weights" / "cerebellum.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["labels"].append("cisterna_magna")
    found = {"frames": 9, "groups": 6, "dice_mean": 0.8, "dice_low": 0.7, "dice_high": 0.9}
    card["scores"] = {"input": "raw", "cross_validation": {"cisterna_magna": {"raw": found}}}
    path.write_text(json.dumps(card), encoding="utf-8")
    whole = root / "experiments" / "default_models"
    variants = [
        {
            "what": "as shipped",
            "dice": 0.75,
            "dice g_reg": 0.5,
            "difference": None,
            "low": None,
            "high": None,
        },
        {"what": "less", "dice": 0.5, "dice g_reg": 0.25, "difference": -0.25, "low": -0.5, "high": -0.001},
    ]
    write_csv(bridge / "rib_variants.csv", variants)
    write_csv(
        whole / "rib_worst.csv", [{"number": 1, "stem": "a", "group": "g", "dice": 0.1, "words": "Dark."}]
    )
    (whole / "rib_worst_figure.png").write_bytes(png_of(new_figure()))
    return root


def test_numbers_come_from_the_tables(measured):
    text, pictures = render(PAGE, measured)
    assert "| mean Dice of frames | at least 0.75 | 0.751 | – | 12 | yes |" in text
    assert "| g_reg | 4 | 0 | 0.63 | 1 | 1 |" in text
    assert "| as shipped | 0.75 | 0.50 | – | – |" in text
    assert "| less | 0.50 | 0.25 | -0.25 | -0.50 to 0.00 |" in text
    assert "| 1 | a | g | 0.10 | Dark. |" in text
    assert "Cisterna magna: Dice 0.80 (95 % 0.70 to 0.90) on 9 planes of 6 patients" in text
    assert "1.2 MB" in text
    assert "Notes of rib." in text
    assert list(pictures) == ["worst_rib.png"]


def test_what_is_not_measured_is_left_out(root):
    text, pictures = render(PAGE, root)
    assert "## Making them again" in text
    assert "## Where they fail" not in text
    assert not pictures
    assert "{%" not in text
    assert "\n\n\n\n" not in text


def test_pages_are_written_once_and_known_to_be_old(measured):
    assert stale(measured) == [PAGE, "images/worst_rib.png", MEASURED, CLICKS]
    assert [path.name for path in write_guide(measured)] == [PAGE, "worst_rib.png", MEASURED, CLICKS]
    assert not stale(measured)
    assert not write_guide(measured)
    write_csv(measured / "experiments" / "bridge" / "rib_variants.csv", [])
    assert stale(measured) == [PAGE]


def test_a_table_without_a_wanted_column_and_a_missing_picture_are_named(measured):
    sources = Sources(measured)
    rows = sources.rows("experiments/bridge/rib_variants.csv", what="less")
    assert [row["dice"] for row in rows] == ["0.5"]
    with pytest.raises(LusguiError, match="fold"):
        sources.rows("experiments/bridge/rib_variants.csv", fold="1")
    with pytest.raises(LusguiError, match="lowest"):
        sources.table(rows, {"95 %": "{lowest} to {high}"})
    with pytest.raises(LusguiError, match="picture"):
        sources.picture("experiments/bridge/gone.png", "", "gone.png")
    with pytest.raises(LusguiError, match="gone"):
        sources.rows("experiments/gone.csv")
    with pytest.raises(LusguiError, match="other"):
        render("other.md", measured)
    assert sources.mean(sources.rows("experiments/bridge/rib_variants.csv"), "dice") == 0.625


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0.756", "0.76"), ("-0.001", "0.00"), ("12", "12"), ("", "–"), ("nan", "–"), ("inf", "–"), ("x", "x")],
)
def test_numbers_are_short(value, shown):
    assert number(value) == shown


def test_truths_and_shares():
    assert (number("True"), number("False"), number(None)) == ("yes", "no", "–")
    assert (percent("0.125", 1), percent("")) == ("12.5 %", "–")


def test_the_page_that_ships_is_what_the_tables_say():
    assert not stale(resources_dir()), "run python -m training guide"


def test_pictures_of_the_page_are_small():
    root = resources_dir() / "guide"
    for page in guide.PAGES:
        for picture in re.findall(r"\]\((images/[^)]+)\)", (root / page).read_text(encoding="utf-8")):
            assert (root / picture).stat().st_size < 400_000
    assert guide.PAGES.keys() == {PAGE, MEASURED, CLICKS}


def skill_row(masks, **changes):
    row = {"case": "ribs_other", "what": "ribs, of others", "variant": "default", "masks": masks}
    row |= {"trainings": 3, "seeds": 1, "folds": 3, "frames": 9, "groups": 3, "dice": 0.7512, "low": 0.5}
    row |= {"high": 0.8, "before": 0.5, "difference": 0.2512, "difference_low": None, "worse": 0.1}
    row |= {"difference_high": None, "hd95_px": 4.0, "hd95_before": 6.0, "false_components": 1.0}
    row |= {"false_before": 2.0, "seconds": 9.0, "steps": 60, "target": "", "met": ""}
    return row | changes


def test_what_learning_brings_comes_from_tables_too(root):
    text, pictures = render(MEASURED, root)
    assert "## From masks to skill" not in text
    assert not pictures
    folder = root / "experiments"
    table = [skill_row(0, difference=None), skill_row(5, target="Dice 0.80", met=True), skill_row(10)]
    write_csv(folder / "learning" / "skill.csv", table)
    write_csv(folder / "time_on_task" / "table.csv", [{"recording": "all", "frames": 300, "untouched": 0.7}])
    (folder / "time_on_task" / "words.md").write_text("It took half.\n\n", encoding="utf-8")
    text, _ = render(MEASURED, root)
    assert "**Ribs, of others**" in text
    assert (
        "| 5 | default | 3 | 1 | 9 | 3 | 0.50 | 0.75 | 0.50 to 0.80 | 0.25 | – | 0.10 | 6.00 | 4.00" in text
    )
    assert "| 0 | default" not in text
    assert "| ribs, of others | default | 5 | 0.75 | 0.25 | Dice 0.80 | yes |" in text
    assert "There was none here" in text
    assert "It took half.\n\n| recording | frames | untouched |" in text
    assert "| all | 300 | 0.70 |" in text
    assert "\n\n\n\n" not in text
    with pytest.raises(LusguiError, match="gone"):
        Sources(root).text("gone.md")


def score(engine, structure, hand="centre", **changes):
    names = ("noc80", "noc85", "noc85_low", "noc85_high", "noc90", "iou1", "iou1_low", "iou1_high", "iou3")
    row = {"engine": engine, "structure": structure, "title": structure.replace("_", " "), "hand": hand}
    row |= {"n": 12, "groups": 8, "nof90": 1, "ms_embed": 90.0, "ms_median": 21.4, "ms_p95": 40.0}
    row |= {"noc_dice85": 3.25, "noc_dice85_low": 2.0, "noc_dice85_high": 5.0, "nof_dice85": 0, "dice1": 0.7}
    row |= {"line_first_px": 2.0, "line_px": 1.25, "stroke_px": 400.0, "draw_s": 9.0, "click_s": 2.0}
    row |= {"effort": 0.25, "effort_low": 0.2, "effort_high": 0.31}
    return row | dict.fromkeys(names, 0.625) | changes


def test_how_many_clicks_it_takes_comes_from_tables_too(root):
    text, pictures = render(CLICKS, root)
    assert "Nothing has been measured yet." in text
    assert not pictures
    folder = root / "experiments" / "clicks"
    rows = [score("network", "head", noc85=1.375), score("network", "head", "jittered")]
    rows += [score("network", "rib"), score("without a model", "head", noc85=7.5)]
    write_csv(folder / "scores.csv", rows)
    asked = {"engine": "network", "title": "head", "hand": "centre", "asked": "clicks to IoU 0.85"}
    asked |= {"wanted": "at most 2.00", "value": 1.375, "low": 1.0, "high": 2.0, "n": 12, "met": True}
    write_csv(folder / "targets.csv", [asked])
    (folder / "curves.png").write_bytes(png_of(new_figure()))
    text, pictures = render(CLICKS, root)
    assert "## Network" in text
    assert "## Without a model" in text
    assert "| head | 12 | 8 | 0.62 | 1.38 | 0.62 to 0.62 | 0.62 | 1 |" in text
    assert "| rib | 12 | 3.25 | 2.00 to 5.00 | 0 | 0.70 | 2.00 | 1.25 |" in text
    assert "| network | head | jittered | 12 |" in text
    assert "| head | clicks to IoU 0.85 | at most 2.00 | 1.38 | 1.00 to 2.00 | 12 | yes |" in text
    assert "| network | head | 90 | 21 | 40 |" in text
    assert list(pictures) == ["clicks_curves.png"]
    assert "{%" not in text
    assert "\n\n\n\n" not in text
