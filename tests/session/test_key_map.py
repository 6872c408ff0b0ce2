"""Which keys give which command: lusgui.session.key_map, lusgui.session.key_presets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.session.commands import COMMANDS
from lusgui.session.key_map import MOST_KEYS, KeyMap, KeysError, normal_keys
from lusgui.session.key_presets import PRESETS

IDS = [command.id for command in COMMANDS]


def held_once(key_map):
    """Whether no key is given twice."""
    keys = [normal_keys(keys) for command_id in IDS for keys in key_map.keys(command_id)]
    return len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ctrl+shift+z", "Ctrl+Shift+Z"),
        ("Shift+Ctrl+Z", "Ctrl+Shift+Z"),
        ("b", "B"),
        ("Ctrl++", "Ctrl++"),
        ("+", "+"),
        (",", ","),
        ("Escape", "Esc"),
        ("Ctrl+PageDown", "Ctrl+PgDown"),
        ("?", "?"),
    ],
)
def test_keys_have_one_way_to_be_written(written, normal):
    assert normal_keys(written) == normal
    assert normal_keys(normal) == normal


@pytest.mark.parametrize("text", ["", " ", "Ctrl", "Ctrl+", "Bad+B", "Ctrl+Ctrl+B", "B, C", "\n", "x" * 50])
def test_what_is_no_key_is_refused(text):
    if text == "Ctrl+":  # the plus key with nothing but a modifier before it
        assert normal_keys("Ctrl++") == "Ctrl++"
        return
    with pytest.raises(KeysError):
        normal_keys(text)


def test_at_first_the_table_holds():
    key_map = KeyMap()
    for command in COMMANDS:
        assert tuple(map(normal_keys, key_map.keys(command.id))) == tuple(map(normal_keys, command.keys))
    assert not key_map.is_changed
    assert held_once(key_map)


def test_every_preset_names_commands_that_exist_and_gives_no_key_twice():
    for name, keys in PRESETS.items():
        given_keys = [normal_keys(each) for held in keys.values() for each in held]
        assert len(given_keys) == len(set(given_keys)), name
        assert set(keys) <= set(IDS), name
        key_map = KeyMap()
        key_map.choose_preset(name)
        assert held_once(key_map)
        for command_id, held in keys.items():
            assert key_map.keys(command_id) == held


def test_no_preset_leaves_a_command_without_a_key():
    for name in PRESETS:
        key_map = KeyMap()
        key_map.choose_preset(name)
        assert not [each.id for each in COMMANDS if each.keys and not key_map.keys(each.id)], name


@pytest.mark.parametrize(
    ("preset", "wanted"),
    [
        (
            "CVAT",
            {"F": "frame.next", "D": "frame.previous", "V": "frame.next10", "C": "frame.previous10"}
            | {"Space": "cine.play", "K": "time.key_frame", "Ctrl+B": "time.propagate", "L": "mask.lock"}
            | {"H": "view.overlay", "F2": "app.settings", "Del": "mask.clear", "Ctrl+Y": "edit.redo"},
        ),
        (
            "napari",
            {"P": "tool.brush", "E": "tool.eraser", "F": "tool.wand", "Z": "tool.pan", "X": "brush.swap"}
            | {"[": "brush.smaller", "]": "brush.larger", "V": "view.overlay", "Space": "view.overlay"}
            | {"Ctrl+R": "view.fit", "Left": "frame.previous", "Right": "frame.next"},
        ),
    ],
)
def test_hands_from_other_programs_find_their_keys(preset, wanted):
    key_map = KeyMap()
    key_map.choose_preset(preset)
    assert {key: key_map.holder(key) for key in wanted} == wanted


def test_a_key_is_named_or_the_menu():
    key_map = KeyMap()
    assert key_map.named("tool.brush") == "B"
    assert key_map.named("model.accept") == "Enter"
    key_map.set_keys("tool.brush", [])
    assert key_map.named("tool.brush") == "Draw ▸ Brush"


def test_the_slicer_preset_adds_and_removes_with_the_left_hand():
    key_map = KeyMap()
    key_map.choose_preset("Slicer ultrasound")
    wanted = {"W": "label.paint1", "S": "label.paint2", "E": "label.erase1", "D": "label.erase2"}
    assert {key: key_map.holder(key) for key in wanted} == wanted
    assert key_map.holder("A") == "frame.accept_next"
    assert key_map.keys("frame.previous") == ("Left",)  # A was taken, the arrow stays
    assert key_map.holder("Space") == "view.overlay"


def test_whoever_is_given_a_key_takes_it_away_and_gives_it_back():
    key_map = KeyMap()
    told = []
    key_map.changed.connect(lambda: told.append(1))
    key_map.set_keys("tool.point", ["b", "Q"])
    assert key_map.keys("tool.point") == ("B", "Q")
    assert key_map.keys("tool.brush") == ()
    assert key_map.holder("B") == "tool.point"
    assert key_map.is_own("tool.point")
    assert not key_map.is_own("tool.brush")
    key_map.set_keys("tool.brush", ["B"])  # back, from one whose keys were chosen
    assert key_map.keys("tool.point") == ("Q",)
    assert key_map.keys("tool.brush") == ("B",)
    key_map.reset("tool.brush")
    key_map.reset("tool.point")
    assert not key_map.is_changed
    assert len(told) == 4
    key_map.reset("tool.point")
    assert len(told) == 4  # nothing changed


def test_a_command_can_be_left_without_a_key():
    key_map = KeyMap()
    key_map.set_keys("view.metrics", [])
    assert key_map.keys("view.metrics") == ()
    assert key_map.holder("Ctrl+M") is None


def test_some_keys_cannot_be_given_away():
    key_map = KeyMap()
    for keys in (["Esc"], ["Tab"], ["Alt+F"], ["A", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4"][: MOST_KEYS + 1]):
        with pytest.raises(KeysError):
            key_map.set_keys("tool.brush", keys)
    assert key_map.keys("tool.brush") == ("B",)
    key_map.set_keys("click.drop", ["Esc", "Alt+X"])
    with pytest.raises(KeysError, match="preset"):
        key_map.choose_preset("nobody's")


def test_a_file_of_keys_comes_back():
    one, other = KeyMap(), KeyMap()
    one.choose_preset("Slicer ultrasound")
    one.set_keys("view.fit", ["Alt+Z", "Ctrl+F"])
    assert other.from_json(one.to_json()) == []
    assert all(one.keys(command_id) == other.keys(command_id) for command_id in IDS)
    assert other.preset == "Slicer ultrasound"


def test_commands_of_a_newer_lusgui_are_named_and_left_out():
    values = json.loads(KeyMap().to_json())
    values["keys"] = {"tool.teleport": ["B"], "tool.point": ["Alt+P"]}
    key_map = KeyMap()
    assert key_map.from_json(json.dumps(values)) == ["tool.teleport"]
    assert key_map.keys("tool.brush") == ("B",)
    assert key_map.keys("tool.point") == ("Alt+P",)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": 99},
        {"preset": "nobody's"},
        {"preset": ["lusgui"]},
        {"keys": ["B"]},
        {"keys": {"tool.brush": "B"}},
        {"keys": {"tool.brush": [7]}},
        {"keys": {"tool.brush": ["Bad+B"]}},
        {"keys": {"tool.brush": ["Esc"]}},
        {"keys": {"tool.brush": ["Alt+1"], "tool.point": ["alt+1"]}},
    ],
)
def test_a_bad_file_changes_nothing(change):
    key_map = KeyMap()
    key_map.set_keys("tool.brush", ["7"])
    before = key_map.to_json()
    values = json.loads(before) | change
    with pytest.raises(KeysError):
        key_map.from_json(json.dumps(values))
    assert key_map.to_json() == before


@given(st.text())
def test_any_text_is_refused_with_words(text):
    with pytest.raises(KeysError):
        KeyMap().from_json(text)


LETTERS = st.sampled_from(["B", "Ctrl+B", "Alt+7", "[", "Shift+S", "Space", "F5"])


@given(st.lists(st.tuples(st.sampled_from(IDS), st.lists(LETTERS, max_size=2), st.booleans()), max_size=8))
def test_no_key_ever_means_two_things(steps):
    key_map = KeyMap()
    for command_id, keys, is_reset in steps:
        if is_reset:
            key_map.reset(command_id)
        else:
            key_map.set_keys(command_id, keys)
            assert key_map.keys(command_id) == tuple(dict.fromkeys(keys))
        assert held_once(key_map)
    again = KeyMap()
    again.from_json(key_map.to_json())
    assert all(again.keys(each) == key_map.keys(each) for each in IDS)


@pytest.mark.parametrize("text", ["[" * 50_000, '{"a":' * 50_000])
def test_what_is_nested_without_end_is_refused(text):
    with pytest.raises(KeysError):
        KeyMap().from_json(text)
