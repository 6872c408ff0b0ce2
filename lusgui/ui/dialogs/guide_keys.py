"""Keys in pages of the guide: the pages name those of the table, readers see those that are in force."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lusgui.session.commands import COMMANDS
from lusgui.session.key_map import KeysError, normal_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.key_map import KeyMap

_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = "```"
_LEFT_ALONE = "preset"
"""A line with this word tells of the keys of other programs."""
_ARROWS = {"↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "Enter": "Return"}


def name_keys(text: str, key_map: KeyMap, shown: Callable[[str], str] = str) -> str:
    """Return a page with the keys that are in force.

    Parameters
    ----------
    text : str
        Markdown, with keys of the table of commands as code, e.g. `` `Ctrl+Z` ``.
    key_map : KeyMap
        Who has which key now.
    shown : callable
        Writes a key as this system does.
    """
    table = {normal_keys(key): (each, n) for each in COMMANDS for n, key in enumerate(each.keys)}

    def now(found: re.Match[str]) -> str:
        try:
            key = normal_keys(_named(found[1]))
        except KeysError:
            return found[0]
        command, number = table.get(key, (None, 0))
        if command is None:
            return found[0]
        keys = key_map.keys(command.id)
        if key in map(normal_keys, keys):
            return found[0]
        if not keys:
            return f"*{key_map.named(command.id)}*"
        return f"`{shown(keys[min(number, len(keys) - 1)]).replace('Return', 'Enter')}`"

    lines, is_code = [], False
    for line in text.split("\n"):
        is_code ^= line.lstrip().startswith(_FENCE)
        is_told = not is_code and _LEFT_ALONE not in line.casefold()
        lines.append(_CODE.sub(now, line) if is_told else line)
    return "\n".join(lines)


def _named(text: str) -> str:
    """Return a key as the table writes it: arrows by their names."""
    *held, key = text.split("+") if not text.endswith("+") else [text]
    return "+".join([*held, _ARROWS.get(key, key)])
