from __future__ import annotations

import numpy as np
import scipy.io

from lusgui.core.recording import Intensity
from lusgui.ui.dialogs.recipe_looks import Look, axes_choices, look_at, picture, thumbnails


def _go(*_):
    return None


def test_a_look_is_what_canvas_and_model_see(tmp_path):
    frames = np.random.default_rng(1).rayleigh(100.0, (48, 40, 3))
    scipy.io.savemat(tmp_path / "a.mat", {"Img": frames})
    look = look_at(tmp_path / "a.mat", None, 2, _go)
    assert look.shape == (3, 48, 40)
    assert look.frame == 2
    assert look.gray.dtype == np.float32
    assert 0 <= look.gray.min() < look.gray.max() <= 1
    found = thumbnails(tmp_path / "a.mat", ["Img", "nothing"], _go)
    assert isinstance(found["Img"], Look)
    assert isinstance(found["nothing"], str)


def test_every_order_of_axes_is_offered_and_lengths_of_one_stay():
    choices = dict(axes_choices((48, 40, 1, 6)))
    assert len(choices) == 6
    assert choices["hw1t"] == "48 rows, 40 columns, 6 frames"
    assert all(axes[2] == "1" for axes in choices)
    assert [axes for axes, _words in axes_choices((48, 40))] == ["hw", "wh"]
    assert axes_choices((48,)) == []


def test_the_picture_has_the_aspect_of_the_spacing(qapp):
    look = Look(
        np.zeros((100, 10), np.float32),
        0,
        (1, 100, 10),
        "",
        (),
        "",
        Intensity.LINEAR,
        (0.1, 1.0),
        None,
        60,
        (),
        (),
    )
    made = picture(look, 300, 200)
    assert (made.width(), made.height()) == (200, 200)
