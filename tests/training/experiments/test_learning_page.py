from __future__ import annotations

from training.experiments.learning_page import curves


def test_a_panel_a_case_and_a_line_a_variant():
    row = {"case": "ribs_other", "variant": "default", "masks": 0, "dice": 0.5, "low": None, "high": None}
    table = [row, row | {"masks": 5, "dice": 0.7}, row | {"variant": "scratch", "masks": 5, "dice": 0.1}]
    table.append(row | {"case": "usgra_nerve", "dice": 0.0})
    figure = curves(table)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 2
    lines = {line.get_label(): list(line.get_ydata()) for line in shown[0].lines}
    assert lines["default"] == [0.5, 0.7]
    # random weights answer nothing before they have learnt
    assert lines["scratch"] == [0.1]
