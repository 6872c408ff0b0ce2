from __future__ import annotations

from dataclasses import replace

from training.experiments.localize_first import TINY
from training.experiments.localize_first_data import fold_of, gather


def test_no_training_frame_is_judged():
    settings = replace(TINY, frames=None, simulated=8)
    ((part, more),) = gather(settings, None)
    assert more == ()
    folds = [fold_of(settings, part, seed) for seed in range(settings.folds)]
    assert all(not set(fold.train) & set(fold.test) and not fold.validation for fold in folds)
    assert sorted(i for fold in folds for i in fold.test) == list(range(8))


def test_fewer_frames_where_asked():
    ((part, _),) = gather(replace(TINY, frames=3, simulated=6), None)
    assert len(part.samples) == 3
