"""What people read can be translated, and keys are named as they are, not as they once were."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from installer.strings import is_sentence, pattern_of
from lusgui.session.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
WINDOW = sorted((ROOT / "lusgui" / "ui").rglob("*.py"))
SAID = sorted((*WINDOW, *(ROOT / "lusgui" / "session").rglob("*.py")))
PUTS_WORDS = frozenset(
    (
        *("setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "setPlaceholderText"),
        *("setTitle", "setWindowTitle", "setItemText", "addItem", "setInformativeText", "setStatusTip"),
        *("setSuffix", "setSpecialValueText", "say", "QAction"),
    )
)
"""Calls that put words where a person reads them; those a widget is made with are found as it is shown."""
NOT_SAID = {
    "problem.py": ("lusgui {version}",),  # a report for developers
    "wand_tool.py": ("{name}, take away",),  # names of edits are kept in English, and found again
    "import_masks.py": ("Import of {masks}", "import:"),
}
"""Sentences of the window that are kept or passed on in English."""
KEYS = re.compile(
    r"(?<![\w:])(?:Ctrl|Shift|Alt)\+[A-Z0-9](?!\w)|\((?:Esc|Enter|Return|Delete|Del|[A-Z])\)"
    r"|\b[A-Z] (?:goes|then|shows|swaps|ends|finishes|accepts)\b"
)
"""Names of keys in a sentence."""
OWN_KEYS = frozenset(
    (
        *("key_field.py", "palette.py", "key_editor.py", "shortcuts.py", "models.py", "labels.py"),
        *(
            "frame.py",
            "replay.py",
            "export.py",
            "export_measures.py",
            "guide.py",
            "key_map.py",
            "key_presets.py",
        ),
    )
)
"""Modules whose dialogs have keys of their own, or that give keys as examples."""


def named(call):
    """Return the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def parents_of(tree):
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def is_documentation(node, parents):
    return isinstance(parents.get(node), ast.Expr)


@pytest.mark.parametrize("path", WINDOW, ids=lambda path: path.stem)
def test_sentences_of_the_window_go_through_tr(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = parents_of(tree)
    bare = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and is_sentence(text := pattern_of(node)):
            if not text.startswith(NOT_SAID.get(path.name, ("\0",))):
                bare.append(f"{path.name}:{node.lineno}: {text}: give tr a text with named fields")
        elif isinstance(node, ast.Call) and named(node) in PUTS_WORDS:
            for words in node.args:
                is_bare = isinstance(words, ast.Constant) and isinstance(words.value, str)
                if is_bare and sum(map(str.isalpha, words.value)) > 2 and in_a_function(node, parents):
                    bare.append(f"{path.name}:{words.lineno}: {words.value}: goes past tr")
    assert not bare, "\n".join(bare)


def in_a_function(node, parents):
    while node in parents:
        node = parents[node]
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            return True
    return False


@pytest.mark.parametrize("path", SAID, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_texts_name_keys_by_their_commands(path):
    known = {command.id for command in COMMANDS}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = parents_of(tree)
    wrong = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if is_documentation(node, parents):
            continue
        wrong += [
            f"{path.name}:{node.lineno}: there is no command {command_id}"
            for command_id in re.findall(r"\{key:([^}]*)\}", node.value)
            if command_id not in known
        ]
        said = KEYS.search(node.value) if is_sentence(node.value) and path.name not in OWN_KEYS else None
        if said:
            wrong.append(f"{path.name}:{node.lineno}: {node.value}: say {{key:COMMAND}}, not {said[0]}")
    assert not wrong, "\n".join(wrong)
