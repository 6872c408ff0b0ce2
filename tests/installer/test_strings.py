"""The template for translators: installer.strings."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.strings import HEAD, ROOT, collect, template, words_of
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
    other("not said")
    QLabel("–")
    super().__init__("Title", "Lead.")
"""
    assert set(words_of(source)) == {
        *("A label", "Yes", "No", "Otherwise", "{count} frames", "Brush", "Title", "Lead."),
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


def test_signs_are_escaped():
    text = template({'Say "yes"\n\\now': ["a.py:1"]})
    assert 'msgid "Say \\"yes\\"\\n\\\\now"' in text


def test_the_root_is_the_checkout():
    assert (Path(ROOT) / "lusgui" / "ui").is_dir()
