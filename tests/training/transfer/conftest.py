from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from training.engine.settings import FitSettings
from training.recipe_types import CrossvalRecipe, LabRecipe, PretrainRecipe, SourceRecipe, StageRecipe
from training.transfer.crossval import run_crossval
from training.transfer.lab import run_lab
from training.transfer.stages import Bench


def _fit():
    return FitSettings(
        epochs=2, steps_per_epoch=2, batch_size=2, learning_rate=1e-3, device="cpu", precision="float32"
    )


@pytest.fixture
def tiny_fit():
    return _fit()


@pytest.fixture
def rib_folder(tmp_path, toy_samples):
    """Six frames of three groups with their masks, as a person keeps them."""
    folder = tmp_path / "mine"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    lines = ["file,group"]
    for sample in toy_samples:
        Image.fromarray(sample.frame).save(folder / "images" / f"{sample.name}.png")
        Image.fromarray((sample.masks["rib"] * 255).astype(np.uint8)).save(
            folder / "masks" / f"{sample.name}.png"
        )
        lines.append(f"{sample.name},{sample.group}")
    (folder / "groups.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def crossval_recipe():
    """Two stages after a pre-training, on six cysts with their mirrored copies, by group and by image."""
    fit = _fit()
    return CrossvalRecipe(
        "Test",
        "cyst",
        arguments={"base_width": 4, "norm": "group"},
        input_shape=(32, 32),
        data=SourceRecipe(simulated="cyst", count=6, side=40),
        folds=3,
        by="both",
        mirrored=(True,),
        pretrain=PretrainRecipe({"salient": SourceRecipe(simulated="salient", count=3, side=40)}, fit=fit),
        stages={
            "first": StageRecipe("encoder-frozen", fit, judged=False),
            "second": StageRecipe("all", fit, after="first", title="Second"),
        },
        first_folds=1,
    )


@pytest.fixture(scope="session")
def crossval_done(crossval_recipe, tmp_path_factory):
    """The folder of a cross-validation and what came of it."""
    folder = tmp_path_factory.mktemp("crossval")
    return folder, run_crossval(crossval_recipe, folder, Bench(folder), "cpu")


@pytest.fixture(scope="session")
def lab_recipe():
    """Three strategies from two sources at two fractions of ten cysts."""
    fit = replace(_fit(), epochs=1, steps_per_epoch=1)
    return LabRecipe(
        "Test",
        "cyst",
        architecture="amiri-unet",
        arguments={"base_width": 4},
        input_shape=(32, 32),
        data=SourceRecipe(simulated="cyst", count=10, side=40),
        pretrain=PretrainRecipe(
            {name: SourceRecipe(simulated=name, count=3, side=40) for name in ("salient", "head")}, fit=fit
        ),
        strategies=("all", "9", "scratch"),
        fractions=(0.8, 0.5),
        first_folds=1,
        by="image",
        fit=fit,
    )


@pytest.fixture(scope="session")
def lab_done(lab_recipe, tmp_path_factory):
    """The folder of a lab and what came of it."""
    folder = tmp_path_factory.mktemp("lab")
    return folder, run_lab(lab_recipe, folder, Bench(folder, keep_weights=False), "cpu")
