import pytest
import torch
from job_maker import draw_clip, make_run, write_clip

from lusgui.base.errors import ModelError
from lusgui.core.annotation import Status
from lusgui.nn.checkpoint import save_model
from training.learning.starting import random_model, starting_model


@pytest.fixture
def job(tmp_path):
    def make(**values):
        clip, masks = draw_clip(2)
        path = write_clip(tmp_path / "clip.tiff", clip)
        return make_run(tmp_path / "run", [(path, masks, {0: Status.EDITED})], **values)

    return make


def test_the_named_model_is_read(job, tiny, tmp_path):
    model = tiny()
    card = save_model(tmp_path / "base.safetensors", model.network, model.card)
    found = starting_model(job(base_path=str(tmp_path / "base.safetensors"), base_key=card.key))
    assert found.card.key == card.key


def test_another_model_under_the_name_is_refused(job, tiny, tmp_path):
    model = tiny()
    save_model(tmp_path / "base.safetensors", model.network, model.card)
    with pytest.raises(ModelError, match="start from tiny-9"):
        starting_model(job(base_path=str(tmp_path / "base.safetensors"), base_key="tiny-9"))


def test_without_a_model_weights_are_random_and_the_same_for_a_seed(job):
    one, two, other = starting_model(job()), random_model(("disc",), 0), random_model(("disc",), 1)
    assert one.card.labels == ("disc",)
    name = "head.weight"
    assert torch.equal(one.network.get_parameter(name), two.network.get_parameter(name))
    assert not torch.equal(one.network.get_parameter(name), other.network.get_parameter(name))
