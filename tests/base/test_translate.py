"""The window's words in another language."""

from __future__ import annotations

import shutil
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.paths import config_dir
from lusgui.base.translate import (
    FOLDER,
    MOST_REMEMBERED,
    CatalogueError,
    catalogue_words,
    catalogues,
    choose_language,
    language,
    languages,
    tr,
    trn,
    use_keys,
    with_keys_now,
)


def write_catalogue(path, words):
    """Write a .mo file as ``msgfmt`` does, with our own hands."""
    words = {"": "Content-Type: text/plain; charset=UTF-8\n"} | words
    keys = sorted(words)
    ids = [key.encode() for key in keys]
    texts = [words[key].encode() for key in keys]
    count, start = len(keys), 28
    offset = start + 16 * count
    tables, data = [[], []], b""
    for which, strings in enumerate((ids, texts)):
        for text in strings:
            tables[which].append(struct.pack("<II", len(text), offset + len(data)))
            data += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, start, start + 8 * count, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + b"".join(tables[0]) + b"".join(tables[1]) + data)
    return path


@pytest.fixture(autouse=True)
def english_again():
    yield
    choose_language("en")


@pytest.fixture
def german():
    """Return the file of a small catalogue among the person's own."""
    words = {
        "Brush": "Pinsel",
        "Draw {name}": "{name} zeichnen",
        "Go to {name}": "Nach {where}",
        "lusgui language name": "Deutsch",
    }
    return write_catalogue(config_dir() / FOLDER / "de.mo", words)


def test_without_a_catalogue_everything_is_english():
    assert language() == "en"
    assert tr("Brush") == "Brush"
    assert tr("Draw {name}", name="Rib") == "Draw Rib"
    assert tr("") == ""
    assert tr("{braces} stay where no values are given") == "{braces} stay where no values are given"


def test_a_catalogue_is_offered_and_spoken(german):
    assert languages() == [("en", "English"), ("de", "Deutsch")]
    choose_language("de")
    assert language() == "de"
    assert tr("Brush") == "Pinsel"
    assert tr("Draw {name}", name="Rib") == "Rib zeichnen"
    assert tr("Eraser") == "Eraser"
    assert tr("") == ""
    choose_language("en")
    assert tr("Brush") == "Brush"


def test_a_translation_that_asks_for_what_is_not_there_is_not_used(german):
    choose_language("de")
    assert tr("Go to {name}", name="clip") == "Go to clip"


def test_values_are_never_read_as_formats(german):
    choose_language("de")
    assert tr("Draw {name}", name="{0.__class__}") == "{0.__class__} zeichnen"


@pytest.mark.parametrize("data", [b"", b"\xde\x12\x04\x95", b"\xde\x12\x04\x95" + b"\xff" * 60, b"text"])
def test_a_damaged_catalogue_is_refused_and_not_offered(german, data):
    german.write_bytes(data)
    assert languages() == [("en", "English")]
    with pytest.raises(CatalogueError):
        choose_language("de")
    assert language() == "en"


@given(st.binary(max_size=200))
def test_any_file_is_a_catalogue_or_refused(data):
    path = config_dir() / FOLDER / "fi.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xde\x12\x04\x95" + data)
    try:
        choose_language("fi")
    except CatalogueError:
        assert language() == "en"
    choose_language("en")


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(CatalogueError, match="tlh"):
        choose_language("tlh")


def test_other_files_are_no_catalogues(german):
    (german.parent / "notes.txt").write_text("x")
    (german.parent / "Not a code.mo").write_bytes(german.read_bytes())
    assert set(catalogues()) == {"de"}


def test_what_gettexts_own_tool_makes_is_read(tmp_path):
    tool = shutil.which("msgfmt")
    if tool is None:
        pytest.skip("msgfmt is not here")
    source = tmp_path / "sv.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Brush"\nmsgstr "Pensel"\n\nmsgid "lusgui language name"\nmsgstr "Svenska"\n',
        encoding="utf-8",
    )
    target = config_dir() / FOLDER / "sv.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool, "-c", "-o", str(target), str(source)], check=True, capture_output=True)
    choose_language("sv")
    assert tr("Brush") == "Pensel"
    assert ("sv", "Svenska") in languages()


def test_numbers_take_the_form_of_the_language():
    assert trn("{count} frame", "{count} frames", 1) == "1 frame"
    assert trn("{count} frame of {name}", "{count} frames of {name}", 3, name="clip") == "3 frames of clip"
    path = config_dir() / FOLDER / "pl.mo"
    head = (
        "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 &&"
        " n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"
    )
    forms = "{count} klatka\0{count} klatki\0{count} klatek"
    write_catalogue(path, {"": head, "{count} frame\0{count} frames": forms})
    choose_language("pl")
    said = [trn("{count} frame", "{count} frames", number) for number in (1, 2, 5, 22)]
    assert said == ["1 klatka", "2 klatki", "5 klatek", "22 klatki"]
    assert catalogue_words() == {}  # forms of numbers are no sentences


def test_keys_are_named_as_they_are_now():
    keys = {"edit.undo": "Ctrl+Z"}
    use_keys(lambda command_id: keys[command_id])
    try:
        said = tr("{name} is gone; {key:edit.undo} brings it back", name="The flag")
        plain = tr("({key:edit.undo})")
        assert (said, plain) == ("The flag is gone; Ctrl+Z brings it back", "(Ctrl+Z)")
        assert with_keys_now("The flag") == "The flag"
        keys["edit.undo"] = "Y"
        assert with_keys_now(said) == "The flag is gone; Y brings it back"
        assert with_keys_now(plain) == "(Y)"
        assert with_keys_now(f"First\n{said}") == "First\nThe flag is gone; Y brings it back"
        keys["edit.undo"] = "Z"
        assert with_keys_now(with_keys_now(said)) == "The flag is gone; Z brings it back"
    finally:
        use_keys(str)


def test_texts_with_keys_are_not_kept_without_end():
    for number in range(MOST_REMEMBERED + 5):
        tr("{n} {key:a.b}", n=number)
    assert with_keys_now("0 a.b") == "0 a.b"
    assert with_keys_now(f"{MOST_REMEMBERED} a.b") == f"{MOST_REMEMBERED} a.b"
