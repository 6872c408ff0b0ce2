from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import OverwriteRefusedError, UnreadableFileError
from training.metrics.scores import (
    ScoresError,
    distinct,
    only,
    read_scores,
    refuse_foreign,
    write_rows,
    write_scores,
)

NAMES = st.text(min_size=1, max_size=8).filter(lambda text: text.strip() and "\r" not in text)
MEASURES = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
ROWS = [
    {"name": "a", "group": "p1", "label": "rib", "dice": 0.1 + 0.2, "hd95_mm": None, "components": 2},
    {"name": "b", "group": "p1", "label": "rib", "dice": None, "hd95_mm": 1e-17, "components": 0},
]


def test_what_was_written_is_read_back_from_either_file(tmp_path):
    files = write_scores(tmp_path / "run", {"model": "rib-1.0", "labels": ["rib"], "images": ROWS})
    for file in (tmp_path / "run", *files):
        (found,) = read_scores(file)
        assert found.model == "rib-1.0"
        assert [{k: v for k, v in row.items() if k != "model"} for row in found.rows] == ROWS
        assert found.measures == ["dice", "hd95_mm", "components"]
    assert json.loads(files[0].read_text())["format"] == "lusgui-scores"


@given(st.lists(st.tuples(NAMES, NAMES, MEASURES), min_size=1, max_size=4))
def test_any_name_and_number_survives_the_table(tmp_path, cells):
    rows = [{"name": name, "group": group, "dice": value} for name, group, value in cells]
    rows.append({"name": "last", "group": "g", "dice": 0.5})
    write_rows(tmp_path / "scores.csv", rows)
    (found,) = read_scores(tmp_path / "scores.csv")
    assert [{k: row[k] for k in ("name", "group", "dice")} for row in found.rows] == rows
    assert found.model == tmp_path.name


def test_a_table_of_cross_validation(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "model,fold,seed,name,group,dice,note\n"
        "unet,0,0,a,p1,0.5,x\nunet,0,1,a,p1,0.7,x\nvgg,0,0,a,p1,0.9,x\nunet,1,0,b,p2,nan,\n"
    )
    unet, vgg = read_scores(path)
    assert (unet.model, vgg.model) == ("unet", "vgg")
    assert unet.measures == ["dice"]
    # the seeds of one image are averaged
    assert unet.values("dice") == {("p1", "a", ""): pytest.approx(0.6), ("p2", "b", ""): None}


def test_words_that_tell_rows_of_one_image_apart_part_a_model(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "model,seed,name,group,stage,fraction,dice\n"
        "unet,0,a,p,first,5%,0.5\nunet,1,a,p,first,5%,0.6\nunet,0,a,p,first,80%,0.8\n"
        "vgg,0,a,p,second,5%,0.4\nvgg,0,b,q,third,5%,0.3\n"
    )
    sets = read_scores(path)
    assert [(part.model, len(part.rows)) for part in sets] == [("unet, 5%", 2), ("unet, 80%", 1), ("vgg", 2)]
    assert [part.model for part in only(sets, ["fraction=5%"])] == ["unet, 5%", "vgg"]
    assert len(only(sets, ["fraction = 5%", "seed=1"])[0].rows) == 1
    assert only(sets, []) == sets
    with pytest.raises(ScoresError, match="no scores have fraction=7%"):
        only(sets, ["fraction=7%"])
    with pytest.raises(ScoresError, match="column=value"):
        only(sets, ["fraction"])


def test_groups_are_means_of_images(tmp_path):
    rows = [
        {"name": name, "group": group, "label": label, "dice": value}
        for name, group, label, value in (
            ("a", "p1", "rib", 0.2),
            ("b", "p1", "rib", 0.4),
            ("c", "p2", "rib", 0.8),
            ("c", "p2", "lung", 0.6),
        )
    ]
    write_rows(tmp_path / "m.csv", rows)
    (found,) = read_scores(tmp_path / "m.csv")
    assert found.model == "m"
    assert found.values("dice", "group") == {
        ("p1", "", "rib"): pytest.approx(0.3),
        ("p2", "", "rib"): 0.8,
        ("p2", "", "lung"): 0.6,
    }
    assert found.values("dice", "group", has_labels=False)["p2", "", ""] == pytest.approx(0.7)


def test_the_scores_of_a_default_model_are_two_sets():
    from lusgui.io.models import bundled_models_dir

    sets = read_scores(bundled_models_dir() / "rib.scores.json")
    assert [part.model for part in sets] == ["rib despeckled", "rib raw"]
    assert "dice" in sets[0].measures


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.json", "{", "no JSON"),
        ("x.json", '{"images": 3}', "not a list"),
        ("x.json", '{"images": [{"dice": 1}]}', "does not say of which image"),
        ("x.json", '{"images": [3]}', "does not say of which image"),
        ("x.json", '{"images": []}', "holds no scores"),
        ("x.json", '{"a": 3}', "holds no scores"),
        ("x.json", '{"version": 2, "images": []}', "Update the program"),
        ("x.json", '{"images": [{"name": "a", "dice": "good"}]}', "holds no scores"),
        ("x.csv", "", "holds no scores"),
        ("x.csv", "name,dice\na\n", "as many cells"),
        ("x.csv", "name,dice\na,1,2\n", "as many cells"),
        ("x.csv", "dice\n0.5\n", "does not say of which image"),
    ],
)
def test_other_files_are_refused(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UnreadableFileError, match=message):
        read_scores(path)


def test_missing_and_binary_files_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_scores(tmp_path / "none.json")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFileError, match="no text"):
        read_scores(tmp_path / "b.csv")
    with pytest.raises(UnreadableFileError, match="neither"):
        read_scores(tmp_path)


def test_nothing_is_overwritten_unasked(tmp_path):
    write_scores(tmp_path, {"model": "m", "images": ROWS})
    with pytest.raises(OverwriteRefusedError):
        write_scores(tmp_path, {"model": "m", "images": ROWS}, overwrite=False)


def test_models_of_one_name_get_their_folders(tmp_path):
    for folder in ("a", "b"):
        write_scores(tmp_path / folder, {"model": "rib", "images": ROWS})
    sets = [read_scores(tmp_path / folder)[0] for folder in ("a", "b", "b")]
    assert [part.model for part in distinct(sets)] == ["rib (a)", "rib (b)", "rib (b) #2"]
    assert distinct(sets[:1])[0].model == "rib"


def test_infinities_are_gaps(tmp_path):
    write_rows(tmp_path / "m.csv", [{"name": "a", "dice": math.inf}, {"name": "b", "dice": 0.5}])
    assert read_scores(tmp_path / "m.csv")[0].rows[0]["dice"] is None


def test_a_folder_of_other_things_is_refused(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    refuse_foreign(mine)
    refuse_foreign(tmp_path / "new")
    (mine / "scores.csv").write_text("name,dice\na,1\n")
    with pytest.raises(OverwriteRefusedError, match="no former scores"):
        refuse_foreign(mine)
    (mine / "scores.json").write_text("[]")
    with pytest.raises(OverwriteRefusedError, match="no former scores"):
        refuse_foreign(mine)
    write_scores(mine, {"model": "m", "images": [{"name": "a", "dice": 1.0}]})
    refuse_foreign(mine)
    with pytest.raises(OverwriteRefusedError, match="a file, not a folder"):
        refuse_foreign(mine / "scores.json")
