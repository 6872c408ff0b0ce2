from __future__ import annotations

import numpy as np
from PIL import Image

from training.experiments import bridge_data
from training.experiments.bridge_data import judged_of
from training.recipes import cerebellum, rib


def test_drawn_ribs_come_with_the_program_and_every_frame_is_judged_once():
    judged = judged_of("rib", None)
    names = [sample.name for fold in range(len(judged.folds)) for sample in judged.test_of(fold)]
    held_out = {group for fold in judged.folds for group in fold}
    assert sorted(names) == sorted(s.name for s in judged.data.samples if s.group in held_out)
    assert len(names) == len(set(names)) >= 150
    assert "g_reg" in judged.folds[0], "what ships"
    few = judged_of("rib", None, 12)
    assert len(few.data.samples) <= 24
    assert {s.group for s in few.data.samples} == {s.group for s in judged.data.samples}


def test_cerebella_need_their_data_and_are_looked_for_in_chests_too(tmp_path):
    assert judged_of("cerebellum", None) is None
    folder = tmp_path / "fetal_cerebellum"
    folder.mkdir()
    for patient in range(6):
        stem = f"p{patient:03d}_ga20_a"
        Image.fromarray(np.full((30, 40), 90, np.uint8)).save(folder / f"{stem}.jpg")
        mask = np.zeros((30, 40), np.uint8)
        mask[10:20, 10:20] = 255
        Image.fromarray(mask).save(folder / f"{stem}.cerebellum.png")
    judged = judged_of("cerebellum", tmp_path, 12)
    assert sorted(group for fold in judged.folds for group in fold) == [f"p{i:03d}" for i in range(6)]
    assert judged.negatives
    assert {sample.group for sample in judged.learnt} == {f"p{i:03d}" for i in range(6)}
    assert not any(sample.masks["cerebellum"].any() for sample in judged.negatives)
    assert len(judged.test_of(0)) == len(judged.negatives) + len(judged.folds[0])
    assert len(judged.test_of(1)) == len(judged.folds[1])


def test_negatives_are_judged_by_the_first_fold_only(fakes):
    judged = fakes.judged()
    more = bridge_data.Judged(judged.data, judged.folds, (), judged.data.samples[:1])
    assert [sample.name for sample in more.test_of(1)] == ["f2", "f3"]
    assert [sample.name for sample in more.test_of(0)] == ["f0", "f1", "f4", "f5", "f0"]


def test_the_input_shape_is_that_of_the_options(fakes):
    maker = fakes.maker()
    assert maker.input_shape(maker.reference) == (32, 32)


def test_the_reference_is_what_ships():
    for label, recipe in (("rib", rib), ("cerebellum", cerebellum)):
        maker = bridge_data.maker_of(label)
        assert maker.reference == recipe.OPTIONS
        assert maker.labels(maker.reference) == recipe.RECIPE.labels
        assert maker.architecture(maker.reference) == recipe.RECIPE.architecture
        assert maker.input_shape(maker.reference) == recipe.RECIPE.input_shape
