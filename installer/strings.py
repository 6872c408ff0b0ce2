"""Write the template for translators: every word that the window may say, where it stands in the code.

    python installer/strings.py lusgui.pot

The template is in the format of gettext: Poedit, Weblate or ``msginit`` make an ``xx.po`` of it, ``msgfmt`` a
catalogue ``xx.mo``. Put into ``resources/translations`` (or ``translations`` in the folder of settings) it is
offered in the Settings.
"""

from __future__ import annotations

import ast
import json
import keyword
import re
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
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
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
    "SliderSpin": (4, 5),
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
    "setSuffix": (0,),
    "setSpecialValueText": (0,),
    "number_box": (3, 4, 5),
    "_number": (0, 1, 2, 3, 4, 5),
}
"""Calls whose arguments at these places are words; ``super().__init__`` of a dialog has two."""
LAYERS = ("ui", "session", "runtime", "core", "io", "base")
"""Where words come from; the layers without widgets say them in English, and the window finds them again."""
SILENT = frozenset(
    f"{kind}Error" for kind in ("Value", "Type", "Runtime", "Key", "Index", "Assertion", "NotImplemented")
)
"""Errors that no person reads."""
LOGS = frozenset(("debug", "info", "warning", "error", "exception", "execute", "compile", "Random"))
"""Calls whose texts no person reads."""
_NO_WORDS = re.compile(r"SELECT |INSERT |UPDATE |DELETE FROM|CREATE |PRAGMA|%[A-Za-z]|px;|color:|\{\{|\\")
_ONE_WORD = re.compile(r"[A-Z][a-z]{2,}(-[a-z]+)?…?")
"""A word with a capital letter is one that people read, as the name of a column is."""
_WORD_AND_FIELD = re.compile(r"[A-Z][a-z]{3,} \{\w+\}")
"""So are a word and what it is about, ``Reading {name}``."""
PLURAL = "\0"
"""Stands between the form for one and that for several."""


def words_of(source: str) -> dict[str, int]:
    """Return the words that a module says, each with the line of its first mention.

    A text for a number of things is its form for one, `PLURAL`, and its form for several. A sentence with
    figures in it has ``{names}`` where they stand.
    """
    found: dict[str, int] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        if name == "trn":
            one, many = (_one_text(each) for each in node.args[:2])
            if one and many:
                found.setdefault(f"{one}{PLURAL}{many}", node.lineno)
            continue
        places = (0, 1) if name == "__init__" else SAYING.get(name, ())
        for value in [node.args[place] for place in places if place < len(node.args)]:
            for text, line in _texts(value):
                if any(letter.isalpha() for letter in text):
                    found.setdefault(text, line)
    for text, line in _sentences(tree):
        if not any(text in known.split(PLURAL) for known in found if PLURAL in known):
            found.setdefault(text, line)
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _one_text(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _texts(value: ast.expr) -> list[tuple[str, int]]:
    """Return the texts that an argument may be, with their lines: itself, or either side of a choice."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [(value.value, value.lineno)]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    if isinstance(value, ast.BoolOp):
        return [text for each in value.values for text in _texts(each)]
    return []


def _sentences(tree: ast.Module) -> list[tuple[str, int]]:
    """Return everything that has two words or more and is no documentation, wherever it stands."""
    found: list[tuple[str, int]] = []

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # documentation
        if isinstance(node, ast.Call) and _name(node.func) in SILENT | LOGS | {"trn"}:
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.value, node.lineno))
        elif isinstance(node, ast.JoinedStr):
            found.append((pattern_of(node), node.lineno))
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    look(value.value)
        else:
            for child in ast.iter_child_nodes(node):
                look(child)

    look(tree)
    return [(text, line) for text, line in found if is_sentence(text) or _ONE_WORD.fullmatch(text)]


def is_sentence(text: str) -> bool:
    """Whether a text has two words or more that a person may read."""
    plain = re.sub(r"\{[^}]*\}|<[^>]*>", " ", text)
    words = re.findall(r"[A-Za-z]{2,}", plain)
    if _NO_WORDS.search(text):
        return False
    return (len(words) > 1 and " " in plain.strip()) or bool(_WORD_AND_FIELD.fullmatch(text))


def pattern_of(node: ast.JoinedStr) -> str:
    """Return an f-string as a text with named fields, e.g. ``{name} was not added``."""
    text = ""
    values: dict[str, str] = {}
    for value in node.values:
        if isinstance(value, ast.Constant):
            text += str(value.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(value, ast.FormattedValue):
            source = ast.unparse(value.value)
            name = plain = _field(value.value)
            number = 2
            while values.get(name, source) != source:
                name, number = f"{plain}{number}", number + 1
            values[name] = source
            text += f"{{{name}}}"
    return text


def _field(value: ast.expr) -> str:
    """Return a name for what an f-string puts in."""
    while True:
        if isinstance(value, ast.Call):
            inner = value.func.value if isinstance(value.func, ast.Attribute) else None
            value = value.args[0] if value.args else inner or value.func
        elif isinstance(value, ast.BinOp):
            value = value.left
        elif isinstance(value, ast.Subscript):
            value = value.value
        else:
            break
    name = _name(value).strip("_").lower()
    return name if name.isidentifier() and not keyword.iskeyword(name) and name != "key" else "value"


def collect(root: Path = ROOT) -> dict[str, list[str]]:
    """Return every word with the places it stands at, in the order of the files."""
    sys.path.insert(0, str(root))
    from lusgui.session.commands import COMMANDS, GROUPS, POINTER_HINTS

    places: dict[str, list[str]] = {"lusgui language name": ["lusgui/base/translate.py:1"]}
    table = "lusgui/session/commands/__init__.py:1"
    told = [text for command in COMMANDS for text in (command.title, command.tooltip)]
    for text in (*GROUPS, *told, *(text for hint in POINTER_HINTS for text in hint)):
        places.setdefault(text, []).append(table)
    for _file, title in json.loads((root / "resources/guide/contents.json").read_text(encoding="utf-8")):
        places.setdefault(title, []).append("resources/guide/contents.json:1")
    for top in LAYERS:
        for path in sorted((root / "lusgui" / top).rglob("*.py")):
            for text, line in words_of(path.read_text(encoding="utf-8")).items():
                places.setdefault(text, []).append(f"{path.relative_to(root).as_posix()}:{line}")
    return places


def template(places: dict[str, list[str]]) -> str:
    """Return the template as text."""
    parts = [HEAD]
    for text, where in places.items():
        one, _, many = text.partition(PLURAL)
        parts.append("#: " + " ".join(dict.fromkeys(where)))
        if "{" in text:
            parts.append("#, python-brace-format")
        if "{key:" in text:
            parts.insert(-1, "#. {key:...} becomes the key of that command; keep it as it is.")
        if many:
            forms = f'msgid_plural "{_escaped(many)}"\nmsgstr[0] ""\nmsgstr[1] ""\n'
            parts.append(f'msgid "{_escaped(one)}"\n{forms}')
        else:
            parts.append(f'msgid "{_escaped(one)}"\nmsgstr ""\n')
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
