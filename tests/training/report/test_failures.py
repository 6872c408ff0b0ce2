from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.report.failures import (
    Failure,
    failure_gallery,
    failure_rows,
    read_words,
    worst,
    write_words,
)
from training.report.figures import png_of


def _frame(name, dice, found=10, words=""):
    truth, mask = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    if dice is not None:
        truth[10:20, 10:20] = True
    mask[5 : 5 + found] = found > 0
    return Failure(name, "g", np.full((40, 60), 0.4), truth, mask, dice, words)


def test_worst_first_false_alarms_among_them_and_right_silence_never():
    frames = [_frame("good", 0.9), _frame("small", None, 2), _frame("large", None, 20), _frame("half", 0.5)]
    frames.append(_frame("silent", None, 0))
    assert [frame.name for frame in worst(frames)] == ["large", "small", "half", "good"]
    assert [frame.name for frame in worst(frames, 1)] == ["large"]


def test_the_figure_names_groups_and_scores():
    frames = [_frame(f"f{i}", 0.1 * i, words="x") for i in range(5)] + [_frame("n", None)]
    figure = failure_gallery(frames, columns=2)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == ["1  g", "Dice 0.00"]
    assert "false alarm" in titles
    assert len(figure.axes) == 12
    assert len(png_of(figure)) < 200_000


def test_rows_are_numbered_as_the_figure():
    assert failure_rows([_frame("a", 0.25, words="why"), _frame("b", None)]) == [
        {"number": 1, "stem": "a", "group": "g", "dice": 0.25, "words": "why"},
        {"number": 2, "stem": "b", "group": "g", "dice": "false alarm", "words": ""},
    ]


def test_words_are_kept_when_the_list_is_written_anew(tmp_path):
    path = tmp_path / "words.csv"
    assert read_words(path) == {}
    write_words(path, [_frame("a", 0.2), _frame("b", None)], {"a": "Fascia, taken for bone.", "old": "Gone."})
    assert read_words(path) == {"a": "Fascia, taken for bone.", "b": "", "old": "Gone."}
    write_words(path, [_frame("old", 0.1)], read_words(path))
    assert read_words(path) == {"old": "Gone.", "a": "Fascia, taken for bone."}
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFileError):
        read_words(path)
