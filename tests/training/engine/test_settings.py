from __future__ import annotations

import json

import pytest

from training.engine.settings import FitSettings, TrainingError


def test_defaults_are_those_of_the_contract():
    settings = FitSettings()
    assert (settings.epochs, settings.batch_size, settings.optimiser) == (100, 2, "adam")
    assert (settings.learning_rate, settings.schedule, settings.precision) == (1e-4, "constant", "auto")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("optimiser", "lion"),
        ("schedule", "square"),
        ("precision", "int8"),
        ("epochs", 0),
        ("batch_size", 0),
        ("accumulate", 0),
        ("steps_per_epoch", 0),
        ("patience", 0),
        ("warm_up", -1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("weight_decay", -1.0),
        ("momentum", 1.5),
        ("ema", 1.0),
        ("clip", 0.0),
        ("minutes", -1.0),
        ("plateau_factor", 0.0),
        ("seed", -1),
    ],
)
def test_nonsense_is_refused_by_name(field, value):
    with pytest.raises(TrainingError, match="ema|" + field):
        FitSettings(**{field: value})


def test_the_schedule_of_steps_needs_milestones():
    with pytest.raises(TrainingError, match="milestones"):
        FitSettings(schedule="steps")


def test_settings_go_through_json():
    settings = FitSettings(schedule="steps", milestones=((200, 2.5), (400, 2.0)))
    assert settings.differences(json.loads(json.dumps(settings.to_json()))) == []


def test_only_what_shapes_the_curve_differs():
    stored = FitSettings(minutes=1, device="cpu").to_json()
    assert FitSettings(minutes=5).differences(stored) == []
    assert FitSettings(learning_rate=0.1).differences(stored) == ["learning_rate 0.0001 became 0.1"]
