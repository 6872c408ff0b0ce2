import numpy as np
import pytest

from lusgui.base.errors import StudyError
from lusgui.core.label import CEREBELLUM, RIB, Label
from lusgui.core.prediction_key import PredictionKey
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 5, 6, 4))
        yield made


def test_labels(study):
    own = study.settings
    assert own.labels() == (RIB, CEREBELLUM)
    own.put_label(Label("pleura", " Pleura ", "#009E73", 1))
    own.put_label(Label("rib", "Rippe", "#112233"))
    assert own.labels() == (
        Label("rib", "Rippe", "#112233"),
        CEREBELLUM,
        Label("pleura", "Pleura", "#009E73", 1),
    )
    for bad in (Label("9x", "X", "#112233"), Label("x", "X", "red"), Label("x", " ", "#112233")):
        with pytest.raises(StudyError):
            own.put_label(bad)


def test_raters_in_order_of_appearance(study):
    for name in ("Bo", "Ada", "Bo"):
        study.settings.add_rater(name)
    assert set(study.settings.raters()) == {"Ada", "Bo"}


def test_worklist_is_replaced(study):
    study.settings.set_worklist([(1, 4), (1, 0), (1, 4)])
    assert study.settings.worklist() == [(1, 4), (1, 0)]
    study.settings.set_worklist([])
    assert study.settings.worklist() == []


def test_settings(study):
    assert study.settings.setting("place") is None
    study.settings.set_setting("place", [1, 2])
    study.settings.set_setting("place", {"a": None})
    assert study.settings.setting("place") == {"a": None}


def test_models(study):
    study.settings.add_model_version("rib@1", "rib", "rib", {"seed": 3})
    study.settings.add_model_version("rib@1", "rib", "rib", {"seed": 4})
    assert study.settings.model_versions() == {"rib@1": {"seed": 3}}


def test_predictions(study):
    own = study.settings
    probability = np.linspace(0, 1, 24, dtype=np.float32).reshape(6, 4)
    first, second = PredictionKey(1, 2, "fast", "rib@1", "rib"), PredictionKey(1, 2, "fast", "rib@2", "rib")
    assert own.prediction(first, (6, 4)) is None
    own.put_prediction(first, probability)
    assert np.abs(own.prediction(first, (6, 4)) - probability).max() < 0.003
    assert own.predicted_frames(1, "fast", "rib@1") == {2}
    own.put_prediction(second, probability)
    assert own.prediction(first, (6, 4)) is None
    assert own.prediction(second, (6, 4)) is not None
    with pytest.raises(StudyError):
        own.prediction(second, (6, 5))
    own.drop_predictions(1)
    assert own.predicted_frames(1, "fast", "rib@2") == set()
    assert study.statuses(1) == {}
