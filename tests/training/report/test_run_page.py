import pytest

from lusgui.base.errors import UnreadableFileError
from training.engine.run_folder import RunFolder
from training.report.run_page import curves_figure, flat, write_run_report
from training.report.tables import read_csv


@pytest.fixture
def run(tmp_path, toy_samples):
    config = {"job": "finetune", "trial": {"fit": {"epochs": 3, "learning_rate": 1e-3}, "label": "rib <1>"}}
    folder = RunFolder.create(tmp_path / "run", config, 7, toy_samples)
    for epoch, (loss, val_loss, dice) in enumerate([(1.0, 0.9, 0.2), (0.6, 0.5, 0.6), (0.4, 0.7, 0.5)], 1):
        folder.append_row({"epoch": epoch, "loss": loss, "val_loss": val_loss, "val_dice": dice})
    return folder.path


def test_a_run_is_told_with_settings_data_and_outcome(run, toy_samples):
    page = write_run_report(run).read_text(encoding="utf-8")
    for part in ("trial.fit.learning_rate", "rib &lt;1&gt;", "Seed 7", "epoch of the least validation loss"):
        assert part in page
    assert "<dd>2</dd>" in page
    assert (run / "curves_figure.png").exists()
    groups = read_csv(run / "data_groups.csv")
    assert [row["group"] for row in groups] == ["g0", "g1", "g2"]
    assert groups[0] == {"group": "g0", "frames": "2", "masks": "rib 2"}


def test_the_run_goes_on_as_if_there_were_no_report(run, toy_samples):
    before = (run / "curves.csv").read_bytes()
    write_run_report(run)
    assert (run / "curves.csv").read_bytes() == before


def test_scores_are_averaged_where_they_are_defined(run):
    rows = [
        {"name": "a", "group": "g", "dice": 0.5, "hd95_px": None, "false_components": 1.0},
        {"name": "b", "group": "g", "dice": None, "hd95_px": None, "false_components": 3.0},
    ]
    write_run_report(run, rows)
    means = {row["measure"]: row for row in read_csv(run / "score_means.csv")}
    assert means["dice"] == {"measure": "dice", "mean": "0.5", "SD": "", "frames": "1"}
    assert float(means["false_components"]["mean"]) == 2
    assert "hd95_px" not in means
    assert [row["name"] for row in read_csv(run / "score_frames.csv")] == ["a", "b"]


def test_scores_in_the_folder_are_found(run):
    (run / "scores.csv").write_text("name,group,dice\na,g,0.25\n", encoding="utf-8")
    write_run_report(run)
    assert float(read_csv(run / "score_means.csv")[0]["mean"]) == 0.25


def test_a_run_without_an_epoch_has_a_report(tmp_path, toy_samples):
    folder = RunFolder.create(tmp_path / "new", {}, 0, toy_samples)
    assert "Training run new" in write_run_report(folder.path).read_text(encoding="utf-8")
    assert curves_figure([]) is None


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(UnreadableFileError, match="holds no training run"):
        write_run_report(tmp_path)


@pytest.mark.parametrize("name", ["config.yaml", "run.json", "data.json"])
def test_damaged_records_are_said(run, name):
    (run / name).write_text("{]", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="damaged"):
        write_run_report(run)


def test_nested_settings_are_one_list():
    assert flat({"a": {"b": {"c": 1}, "d": {}}, "e": [1]}) == {"a.b.c": 1, "a.d": {}, "e": [1]}
