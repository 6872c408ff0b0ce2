from __future__ import annotations

from PIL import Image

from training.click_evaluation.figure import draw_curves, write_figure


def rows():
    return [
        {
            "engine": engine,
            "structure": structure,
            "hand": hand,
            "clicks": str(k),
            "iou": str(0.5 + 0.02 * k),
            "dice": str(0.6 + 0.02 * k),
        }
        for engine in ("network", "without a model")
        for structure in ("head", "rib")
        for hand in ("centre", "jittered")
        for k in range(1, 21)
    ]


def test_a_panel_a_structure_and_a_line_an_engine():
    figure = draw_curves(rows())
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["fetal head (HC18)", "drawn rib"]
    assert [line.get_label() for line in shown[0].lines] == ["network", "without a model"]
    assert shown[0].lines[0].get_ydata()[0] == 0.52
    assert shown[1].lines[0].get_ydata()[0] == 0.62  # ribs: Dice


def test_it_is_written_as_a_picture(tmp_path):
    path = write_figure(rows(), tmp_path / "curves.png")
    with Image.open(path) as image:
        assert image.width > 400
    assert draw_curves([]).axes
