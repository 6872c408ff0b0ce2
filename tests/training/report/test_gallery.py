import io

import numpy as np
from PIL import Image

from training.report.figures import png_of
from training.report.gallery import GalleryRow, gallery


def _row(shape, found):
    gray = np.random.default_rng(0).random(shape)
    truth = np.zeros(shape, bool)
    truth[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : shape[1] // 2] = True
    return GalleryRow("frame <1>", gray, truth, {"net": truth & found, "none": np.zeros(shape, bool)})


def _colours(figure):
    pixels = np.asarray(Image.open(io.BytesIO(png_of(figure))).convert("RGB")).astype(int)
    return lambda rgb: int((np.abs(pixels - np.array(rgb)).max(-1) < 40).sum())


def test_truth_and_finding_are_outlined_in_two_colours():
    count = _colours(gallery([_row((60, 80), found=True), _row((700, 300), found=True)]))
    assert count((0xE6, 0x9F, 0x00)) > 200
    assert count((0x56, 0xB4, 0xE9)) > 60


def test_models_are_the_columns_asked_for_and_a_missing_one_leaves_a_gap():
    figure = gallery([_row((60, 80), found=True)], ["net", "other"])
    assert len(figure.axes) == 4
    assert figure.axes[2].get_title() == "net"
    assert [text.get_text() for text in figure.axes[2].texts] == ["1.00"]
    assert not figure.axes[3].texts


def test_a_mask_that_fills_the_frame_still_has_an_outline():
    full = np.ones((40, 40), bool)
    figure = gallery([GalleryRow("full", np.zeros((40, 40)), full, {"net": full})])
    assert figure.axes[1].collections
