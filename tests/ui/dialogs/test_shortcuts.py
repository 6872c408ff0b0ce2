from __future__ import annotations

from lusgui.session.commands import COMMANDS
from lusgui.session.key_map import KeyMap
from lusgui.ui.dialogs.shortcuts import sheet


def test_every_command_with_a_key_is_on_the_sheet(qtbot, ask):
    listed = {line[0] for _group, lines in sheet(KeyMap()) for line in lines}
    wanted = {c.title.rstrip("…") for c in COMMANDS if c.keys and not c.id.startswith("label.choose")}
    assert wanted <= listed
    dialog = ask("shortcuts")
    assert wanted <= set(dialog.titles())


def test_searching_by_action_and_by_key(qtbot, ask):
    dialog = ask("shortcuts")
    qtbot.keyClicks(dialog.search, "undo")
    qtbot.waitUntil(lambda: "Undo" in dialog.titles() and len(dialog.titles()) < 6)
    dialog.search.setText("ctrl+e")
    qtbot.waitUntil(lambda: "Export" in dialog.titles())
    dialog.search.setText("zzz")
    assert dialog.titles() == []
    assert dialog.empty.isVisible()


def test_the_sheet_is_saved_for_printing(ask, tmp_path):
    dialog = ask("shortcuts")
    dialog.save_pdf(tmp_path / "keys.pdf")
    assert (tmp_path / "keys.pdf").read_bytes().startswith(b"%PDF")
    dialog.save_pdf(tmp_path / "keys.pdf" / "below.pdf")
    assert "could not" in dialog.lead.text() or ":" in dialog.lead.text()


def test_keys_with_special_signs_are_text(ask):
    dialog = ask("shortcuts")
    assert "<script" not in dialog.html()
    assert dialog.isVisible()
