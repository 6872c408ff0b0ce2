"""The template for translators: installer.strings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.strings import HEAD, PLURAL, ROOT, collect, template, words_of
from lusgui.base.retell import pattern_of
from lusgui.session.commands import COMMANDS, GROUPS


def test_words_are_found_where_they_are_said():
    source = """
def build(self, n, title):
    label = QLabel("A label")
    label.setToolTip("Yes" if n else "No")
    label.setText(f"{n} frames")
    self.setText(title or "Otherwise")
    say(tr("{count} frames", count=n))
    card = Card("Brush")
    other("said in some way")
    raise ValueError("not said to anybody")
    other("key_name", "http", 3)
    raise StudyError(f"the file of '{entry.name}' has {n + 1} of {len(n)} parts", remedy="Wait")
    say(trn("{count} ghost", "{count} ghosts", n))
    QLabel("–")
    super().__init__("Title", "Lead.")
"""
    assert set(words_of(source)) == {
        *("A label", "Yes", "No", "Otherwise", "{count} frames", "Brush", "Title", "Lead."),
        *("said in some way", "the file of '{name}' has {n} of {n2} parts", "Wait"),
        "{count} ghost\0{count} ghosts",
    }


def test_every_command_is_in_the_template():
    places = collect()
    for command in COMMANDS:
        assert command.title in places
        assert command.tooltip in places
    assert set(GROUPS) <= set(places)
    assert len(places) > 600


def test_the_template_is_what_gettext_understands(tmp_path):
    target = tmp_path / "lusgui.pot"
    script = ROOT / "installer" / "strings.py"
    said = subprocess.run(
        [sys.executable, str(script), str(target)], check=True, capture_output=True, text=True
    ).stdout
    assert "texts" in said
    text = target.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert 'msgid "Brush"\n' in text
    assert "python-brace-format" in text
    tool = shutil.which("msgfmt")
    if tool is None:
        pytest.skip("msgfmt is not here")
    subprocess.run([tool, "-o", str(tmp_path / "x.mo"), str(target)], check=True, capture_output=True)


def test_numbers_have_their_forms():
    text = template({"{count} ghost\0{count} ghosts": ["a.py:1"]})
    assert 'msgid "{count} ghost"\nmsgid_plural "{count} ghosts"\nmsgstr[0] ""\nmsgstr[1] ""\n' in text


def test_one_word_has_one_entry():
    """gettext refuses a text that is there twice, once with forms for numbers."""
    first = [text.partition(PLURAL)[0] for text in collect()]
    assert len(first) == len(set(first))


def test_every_sentence_with_fields_is_found_again_as_itself():
    """What is said in English below the window is recognised, and by no other pattern first."""
    patterns = [(text, made) for text in collect() if PLURAL not in text and (made := pattern_of(text))]
    patterns.sort(key=lambda each: -each[1][2])
    assert len(patterns) > 300
    wrong = []
    for text, _made in patterns:
        said = re.sub(r"\{\w+[^}]*\}", "<7>", text).replace("{{", "{").replace("}}", "}")
        ways = (other for other, (literal, own, _n) in patterns if literal in said and own.fullmatch(said))
        first = next(ways, "")
        if nameless(first) != nameless(text):
            wrong.append((text, first))
    assert len(wrong) < 5, wrong


def nameless(text):
    """Return a sentence without the names of its fields: they are the same in any two of one wording."""
    return re.sub(r"\{\w+[^}]*\}", "{}", text)


def test_signs_are_escaped():
    text = template({'Say "yes"\n\\now': ["a.py:1"]})
    assert 'msgid "Say \\"yes\\"\\n\\\\now"' in text


def test_the_root_is_the_checkout():
    assert (Path(ROOT) / "lusgui" / "ui").is_dir()
