"""English sentences from below the window, found again by their patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.paths import config_dir
from lusgui.base.retell import pattern_of, retell
from lusgui.base.translate import FOLDER, choose_language, tr
from tests.base.test_translate import write_catalogue

WORDS = {
    "{name} was not added": "{name} wurde nicht hinzugefügt",
    "{name}: frame {number} was not added": "Bild {number} von {name} wurde nicht hinzugefügt",
    "Undo {name}": "{name} zurücknehmen",
    "Grown by {size:.1f} mm": "Um {size:.1f} mm gewachsen",
    "Brush": "Pinsel",
    "{a} {b}": "{b} {a}",
    "It broke: {cause}": "Kaputt: {what}",
}


@pytest.fixture
def german():
    write_catalogue(config_dir() / FOLDER / "de.mo", WORDS)
    choose_language("de")
    yield
    choose_language("en")


def test_in_english_nothing_is_changed():
    assert retell("clip.mat was not added") == "clip.mat was not added"


def test_a_sentence_is_found_by_its_pattern_and_its_fields_too(german):
    assert retell("clip.mat was not added") == "clip.mat wurde nicht hinzugefügt"
    assert retell("clip: frame 3 was not added") == "Bild 3 von clip wurde nicht hinzugefügt"
    assert retell("Undo Brush") == "Pinsel zurücknehmen"
    assert retell("Undo Grown by 1.5 mm") == "Um 1.5 mm gewachsen zurücknehmen"
    assert retell("Brush") == "Pinsel"


def test_what_no_pattern_knows_stays(german):
    for text in ("", "two words", "It broke: a lamp", "was not added"):
        assert retell(text) == text


def test_what_is_translated_already_is_not_told_again(german):
    write_catalogue(config_dir() / FOLDER / "sv.mo", {"Undo {name}": "Undo {name} igen", "Brush": "Pensel"})
    choose_language("sv")
    once = retell("Undo Brush")
    assert once == "Undo Pensel igen"
    assert retell(tr("Undo {name}", name="Pensel")) == once


def test_another_language_has_its_own_patterns(german):
    assert retell("Undo Brush") == "Pinsel zurücknehmen"
    write_catalogue(config_dir() / FOLDER / "sv.mo", {"Undo {name}": "Ångra {name}"})
    choose_language("sv")
    assert retell("Undo Brush") == "Ångra Brush"
    choose_language("en")
    assert retell("Undo Brush") == "Undo Brush"


def test_patterns_need_words_and_named_fields():
    for text in (
        "no field",
        "{a}: {b}",
        "{} was not added",
        "{0} was not added",
        "{broken was not",
        "{key:x.y} it",
    ):
        assert pattern_of(text) is None
    found = pattern_of("from {n} to {n} (all)")
    assert found is not None
    assert found[1].fullmatch("from 3 to 3 (all)")
    assert not found[1].fullmatch("from 3 to 4 (all)")


@given(st.text(min_size=1, max_size=30))
def test_any_value_is_found_again_as_it_was(value):
    literal, pattern, letters = pattern_of("What was {name} once")
    found = pattern.fullmatch(f"What was {value} once")
    assert found is not None
    assert found["name"] == value
    assert literal in f"What was {value} once"
    assert letters == 11
