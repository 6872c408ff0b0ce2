from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.core.contrast import PLAIN, ContrastSettings
from lusgui.core.despeckle import FAST, OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.model_card import MAX_CARD_CHARS, ModelCard, parse_card
from lusgui.core.recording import Intensity

CARD = ModelCard("rib", "1.0", "lus-unet", ("rib",), (512, 128), scores={"dice": 0.5, "n": 20}, seed=3)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def test_a_card_comes_back_as_it_was():
    full = replace(CARD, intensity=Intensity.LINEAR, despeckle=FAST.to_json(), licence="CC0", notes="é")
    again = parse_card(full.dumps())
    assert again == replace(full, arguments=again.arguments)
    assert again.arguments["base_width"] == 16
    assert parse_card(again.dumps()) == again


def test_the_key_tells_weights_apart():
    assert CARD.key == "rib-1.0"
    assert replace(CARD, digest="ab" * 32).key == "rib-1.0-abababab"


def test_the_key_tells_calibrations_apart():
    keys = {replace(CARD, temperature=t, bias=b).key for t in (1.0, 1.25) for b in (0.0, -0.5)}
    assert keys == {"rib-1.0", "rib-1.0-t1.25b0", "rib-1.0-t1b-0.5", "rib-1.0-t1.25b-0.5"}


def test_a_card_of_before_there_was_calibration_leaves_logits_alone():
    values = CARD.to_json()
    del values["temperature"], values["bias"]
    old = ModelCard.from_json(values)
    assert (old.temperature, old.bias) == (1.0, 0.0)


@pytest.mark.parametrize("change", [{"temperature": 0}, {"temperature": -1.0}, {"bias": 1e9}, {"bias": None}])
def test_a_calibration_that_makes_no_sense_is_refused(change):
    with pytest.raises(ModelError, match=next(iter(change))):
        ModelCard.from_json(CARD.to_json() | change)


def test_entries_of_later_versions_are_ignored():
    assert ModelCard.from_json(CARD.to_json() | {"colour": "red"}).name == "rib"


@pytest.mark.parametrize("name", [f.name for f in fields(ModelCard)])
@given(value=anything)
def test_whatever_an_entry_holds_is_a_model_error_or_a_sound_card(name, value):
    try:
        card = ModelCard.from_json(CARD.to_json() | {name: value})
        card.despeckle_settings  # noqa: B018 - may raise
    except ModelError:
        return
    assert parse_card(card.dumps()) == card


@given(anything)
def test_whatever_stands_in_place_of_a_card_is_a_model_error(value):
    with pytest.raises(ModelError):
        parse_card(json.dumps(value))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "x" * (MAX_CARD_CHARS + 1), "NaN"])
def test_broken_text_is_a_model_error(text):
    with pytest.raises(ModelError):
        parse_card(text)


@pytest.mark.parametrize("name", ["name", "version", "architecture", "labels", "input_shape"])
def test_what_is_missing_is_named(name):
    values = CARD.to_json()
    del values[name]
    with pytest.raises(ModelError, match=name):
        ModelCard.from_json(values)


def test_despeckling_is_what_the_card_says():
    assert CARD.despeckle_settings == OFF
    assert replace(CARD, despeckle=FAST.to_json()).despeckle_settings == FAST


def test_linear_recordings_get_the_compression_that_was_taught_and_others_stay():
    wide = replace(CARD, dynamic_range_db=80.0)
    linear = DisplayMapping(Intensity.LINEAR, 0.0, 3.0, 60.0)
    assert wide.mapping_for(linear) == replace(linear, dynamic_range_db=80.0)
    display = DisplayMapping(Intensity.DISPLAY, 0.0, 255.0, 60.0)
    assert wide.mapping_for(display) is display


@pytest.mark.parametrize("name", ["scores", "despeckle"])
def test_infinity_in_a_card_is_a_model_error(name):
    with pytest.raises(ModelError):
        ModelCard.from_json(CARD.to_json() | {name: {"dice": float("inf")}})


def test_a_card_knows_its_task_and_refuses_another():
    finder = ModelCard("boxes", "1", "yolo-tiny", ("cerebellum",), (224, 224), {"base_width": 2})
    assert finder.task == "detect"
    assert CARD.task == "segment"
    CARD.require_task("segment")
    with pytest.raises(ModelError, match="gives boxes, not masks"):
        finder.require_task("segment")
    with pytest.raises(ModelError, match="gives masks, not points"):
        CARD.require_task("locate")


@pytest.mark.parametrize(
    ("architecture", "arguments", "labels", "words"),
    [
        ("yolo-tiny", {"classes": 2}, ["a"], "2 outputs for 1 labels"),
        ("yolo-tiny", {"out_channels": 1}, ["a"], "no argument 'out_channels'"),
        ("yolo-tiny", {"input_side": 448}, ["a"], "built for inputs of 448 x 448"),
        ("yolo-tiny", {"input_side": 225}, ["a"], "multiple of 16"),
        ("hu-localizer", {"out_channels": 2, "input_side": 224}, ["a"], "2 outputs for 1 labels"),
        ("v-unet", {"in_channels": 1}, ["a"], "between 3 and 3"),
    ],
)
def test_outputs_and_input_must_fit_the_network_of_any_task(architecture, arguments, labels, words):
    values = CARD.to_json() | {"architecture": architecture, "arguments": arguments, "labels": labels}
    with pytest.raises(ModelError, match=words):
        ModelCard.from_json(values | {"input_shape": [224, 224]})


def test_contrast_comes_back_and_nonsense_is_refused():
    settings = ContrastSettings(clip=0.02, gamma=0.7)
    card = parse_card(replace(CARD, contrast=settings.to_json()).dumps())
    assert card.contrast_settings == settings
    assert parse_card(CARD.dumps()).contrast_settings == PLAIN
    with pytest.raises(ModelError, match="contrast"):
        ModelCard.from_json(CARD.to_json() | {"contrast": {"gamma": 99}})
