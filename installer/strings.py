"""Write the template for translators: every word that the window may say, where it stands in the code.

    python installer/strings.py lusgui.pot

The template is in the format of gettext: Poedit, Weblate or ``msginit`` make an ``xx.po`` of it, ``msgfmt`` a
catalogue ``xx.mo``. Put into ``resources/translations`` (or ``translations`` in the folder of settings) it is
offered in the Settings.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Words of lusgui. Distributed under the licence of lusgui.
msgid ""
msgstr ""
"Project-Id-Version: lusgui\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""
SAYING = {
    "tr": (0,),
    "Command": (1, 5),
    "hint": (0,),
    "dim": (0,),
    "heading": (0,),
    "Card": (0,),
    "QLabel": (0,),
    "QPushButton": (0,),
    "QCheckBox": (0,),
    "QRadioButton": (0,),
    "QGroupBox": (0,),
    "QAction": (0,),
    "addTab": (1,),
    "addRow": (0,),
    "add_row": (0, 1, 2, 3),
    "add_primary": (0, 2),
    "add_button": (0, 2),
    "action_button": (1,),
    "add_close": (0,),
    "link_button": (0, 1),
    "headline": (0,),
    "setText": (0,),
    "setTitle": (0,),
    "setToolTip": (0,),
    "setAccessibleName": (0,),
    "setPlaceholderText": (0,),
    "setWindowTitle": (0,),
}
"""Calls whose arguments at these places are words; ``super().__init__`` of a dialog has two."""


def words_of(source: str) -> dict[str, int]:
    """Return the words that a module says, each with the line of its first mention."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        places = SAYING.get(_name(node.func), ())
        if _name(node.func) == "__init__":
            places = (0, 1)
        arguments = [node.args[place] for place in places if place < len(node.args)]
        for value in arguments:
            for text, line in _texts(value):
                if any(letter.isalpha() for letter in text):
                    found.setdefault(text, line)
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts(value: ast.expr) -> list[tuple[str, int]]:
    """Return the texts that an argument may be, with their lines: itself, or either side of a choice."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [(value.value, value.lineno)]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    if isinstance(value, ast.BoolOp):
        return [text for each in value.values for text in _texts(each)]
    return []


def collect(root: Path = ROOT) -> dict[str, list[str]]:
    """Return every word with the places it stands at, in the order of the files."""
    sys.path.insert(0, str(root))
    from lusgui.session.commands import COMMANDS, GROUPS, POINTER_HINTS

    places: dict[str, list[str]] = {"lusgui language name": ["lusgui/base/translate.py:1"]}
    table = "lusgui/session/commands/__init__.py:1"
    told = [text for command in COMMANDS for text in (command.title, command.tooltip)]
    for text in (*GROUPS, *told, *(text for hint in POINTER_HINTS for text in hint)):
        places.setdefault(text, []).append(table)
    for top in ("session", "ui"):
        for path in sorted((root / "lusgui" / top).rglob("*.py")):
            for text, line in words_of(path.read_text(encoding="utf-8")).items():
                places.setdefault(text, []).append(f"{path.relative_to(root).as_posix()}:{line}")
    return places


def template(places: dict[str, list[str]]) -> str:
    """Return the template as text."""
    parts = [HEAD]
    for text, where in places.items():
        parts.append("#: " + " ".join(dict.fromkeys(where)))
        if "{" in text:
            parts.append("#, python-brace-format")
        parts.append(f'msgid "{_escaped(text)}"\nmsgstr ""\n')
    return "\n".join(parts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def main() -> None:
    """Write the template to the file that is named."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "lusgui.pot")
    places = collect()
    target.write_text(template(places), encoding="utf-8")
    print(f"{target}: {len(places)} texts")


if __name__ == "__main__":
    main()
