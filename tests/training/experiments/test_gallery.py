import numpy as np

from training.data.splits import Fold
from training.experiments.cells import Cell, Done, pack_mask
from training.experiments.gallery import gallery_of
from training.experiments.sets import DataSet
from training.trials import Trial


def test_frames_with_kept_masks_are_shown(toy_samples):
    data = DataSet("toy", "rib", tuple(toy_samples))
    trial = Trial("lus-unet", "rib", (32, 32))
    masks = {"f4": pack_mask(toy_samples[4].masks["rib"])}
    cells = [Cell(data, name, "0", 0, trial, Fold((0,), (), (4,))) for name in ("a", "b")]
    done = [Done(cells[0], {"masks": masks}), Done(cells[1], {"masks": {}})]
    figure = gallery_of(done, data, ["b", "a"])
    assert [axes.get_title() for axes in figure.axes] == ["frame", "truth", "a"]
    assert [text.get_text() for text in figure.axes[2].texts] == ["1.00"]
    assert np.asarray(figure.axes[0].images[0].get_array()).shape == toy_samples[4].frame.shape


def test_nothing_kept_is_no_figure(toy_samples):
    assert gallery_of([], DataSet("toy", "rib", tuple(toy_samples)), []) is None
