from __future__ import annotations

import numpy as np

from training.dataset import Sample, groups_of
from training.recipes import cerebellum

BLANK = np.zeros((8, 8), np.uint8)


def test_every_patient_is_held_out_once_and_that_of_the_sample_first():
    patients = ["p002", "p003", "p017", "p021", "p060", "p087", "p090"]
    samples = [Sample(f"{patient}_{i}", patient, BLANK) for patient in patients for i in range(2)]
    samples.append(Sample("n", "lung g_reg", BLANK))
    folds = cerebellum.folds(samples, 0)
    assert len(folds) == 5
    assert "p060" in folds[0]
    assert "lung g_reg" in folds[0]
    assert sorted(group for fold in folds for group in fold) == groups_of(samples)
    assert folds == cerebellum.folds(samples, 7)
