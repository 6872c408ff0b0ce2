"""The same frame stored as linear amplitude, as dB and as 8-bit gives the same mask."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
import tifffile

from lusgui.base.paths import resources_dir
from lusgui.core.intensity import measure_mapping
from lusgui.core.recording import Intensity
from lusgui.io.models import list_models
from lusgui.io.open import open_recording

SAMPLE = "lung_linear_v5.mat"
RIB = [e for e in list_models() if e.is_bundled and e.card is not None and "rib" in e.card.labels]


def dice(a, b):
    return 2.0 * np.count_nonzero(a & b) / max(np.count_nonzero(a) + np.count_nonzero(b), 1)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Some frames of the bundled recording, stored in the three states."""
    folder = tmp_path_factory.mktemp("states")
    with open_recording(resources_dir() / "samples" / SAMPLE) as recording:
        chosen = recording.sample_indices(4)
        linear = np.stack([recording.frame(i) for i in chosen], axis=-1).astype(np.float32)
    # ratio to the loudest echo, as a scanner's software writes it
    peak = float(linear.max())
    db = 20 * np.log10(np.maximum(linear, peak * 1e-6) / peak)
    reference = float(np.percentile(linear[linear > 0], 99.7))
    gray = np.clip(20 * np.log10(np.maximum(linear, 1e-12) / reference) / 60 + 1, 0, 1)
    scipy.io.savemat(folder / "linear.mat", {"ImgData": linear})
    scipy.io.savemat(folder / "db.mat", {"ImgDataDB": db.astype(np.float32)})
    tifffile.imwrite(
        folder / "display.tif",
        np.moveaxis(np.rint(gray * 255), -1, 0).astype(np.uint8),
        photometric="minisblack",
    )
    return folder


def test_each_state_is_recognised_and_becomes_the_same_gray(stored):
    grays = {}
    for name, state in (
        ("linear.mat", Intensity.LINEAR),
        ("display.tif", Intensity.DISPLAY),
        ("db.mat", Intensity.DB),
    ):
        with open_recording(stored / name) as recording:
            assert recording.intensity is state
            grays[name] = measure_mapping(recording).apply(recording.frame(0))
    assert np.abs(grays["linear.mat"] - grays["display.tif"]).mean() < 0.01
    assert np.abs(grays["linear.mat"] - grays["db.mat"]).mean() < 0.01


@pytest.mark.skipif(not RIB, reason="the wheel under test carries no rib model")
def test_masks_of_the_three_states_agree(stored, tmp_path):
    from lusgui.cli import main

    masks = {}
    for name in ("linear.mat", "db.mat", "display.tif"):
        out = tmp_path / name
        assert (
            main(
                [
                    "segment",
                    str(stored / name),
                    "--label",
                    "rib",
                    "--model",
                    str(RIB[0].path),
                    "--out",
                    str(out),
                ]
            )
            == 0
        )
        (path,) = out.glob("*.tif")
        masks[name] = tifffile.imread(path) > 0
    assert masks["linear.mat"].any(), "the rib model finds nothing on the bundled lung recording"
    assert dice(masks["linear.mat"], masks["display.tif"]) >= 0.95
    assert dice(masks["linear.mat"], masks["db.mat"]) >= 0.95
