from dataclasses import replace

import numpy as np
import pytest

from lusgui.core.measures.rib import rib_arcs
from training.simulate.lung_wide import simulate_wide
from training.simulate.shadow_widths import simulated_shadows, true_width


@pytest.mark.parametrize("is_sector", [False, True])
def test_shadows_with_their_truth(is_sector):
    cases = [case for seed in range(3) for case in simulated_shadows(seed, ribs=2, is_sector=is_sector)]
    assert cases
    for case in cases:
        assert 1 < case.true_mm < 80
        assert case.found.key == "shadow_width"
        assert (case.found.value is None) == bool(case.found.reason)


def test_the_truth_is_about_as_wide_as_its_rib():
    frame = simulate_wide(np.random.default_rng(3), (256, 224), ribs=1)
    (arc,) = rib_arcs(frame.rib, frame.spacing_mm)
    columns = np.flatnonzero(arc.mask.any(axis=0))
    chord = len(columns) * frame.spacing_mm[1]
    assert true_width(frame, arc) == pytest.approx(chord, rel=0.25)
    assert true_width(replace(frame, shadow_db=0 * frame.shadow_db), arc) is None
