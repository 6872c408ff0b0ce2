"""Which keys give which command: the table's own, a preset over it, what the person chose over both.

Whoever stands above takes a key away from whoever stands below, so one key never means two things; a command
that lost a key has it back as soon as it is free again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr, use_keys
from lusgui.session.commands import COMMANDS, GROUPS
from lusgui.session.key_presets import DEFAULT_PRESET, PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = "lusgui keys"
FORMAT_VERSION = 1
MOST_KEYS = 4
"""Keys that one command may have."""
MODIFIERS = ("Ctrl", "Meta", "Alt", "Shift")
"""In the order in which they are written."""
_OTHER_NAMES = {
    "escape": "Esc",
    "delete": "Del",
    "insert": "Ins",
    "pagedown": "PgDown",
    "pageup": "PgUp",
    "control": "Ctrl",
    "command": "Ctrl",
    "option": "Alt",
}
_FIXED = frozenset(("Esc", "Tab", "Shift+Tab", "Alt", "Ctrl", "Shift", "Meta"))
"""Keys that mean the same everywhere on a screen and cannot be given to another command."""
_BY_ID = {command.id: command for command in COMMANDS}


class KeysError(LusguiError):
    """Keys that cannot be given, or a file of keys that cannot be used."""


def normal_keys(keys: str) -> str:
    """Return keys as they are compared and stored, e.g. ``ctrl+shift+z`` as ``Ctrl+Shift+Z``.

    Raises
    ------
    KeysError
        If this is no key with modifiers before it.
    """
    text = keys.strip()
    if text in MODIFIERS or not text or not text.isprintable() or len(text) > 40 or "," in text[:-1]:
        raise KeysError(f"“{keys}” is not a key")
    body = text[:-1] if text.endswith("+") else text
    names = [part.strip() for part in body.split("+")]
    if text.endswith("+"):  # the plus key itself: "+" or "Ctrl++"
        names = [*(name for name in names if name), "+"]
    *held, key = [_named(name) for name in names]
    if not key or any(name not in MODIFIERS for name in held) or len(set(held)) != len(held):
        raise KeysError(f"“{keys}” is not a key")
    return "+".join([*(name for name in MODIFIERS if name in held), key])


def _named(name: str) -> str:
    known = _OTHER_NAMES.get(name.lower())
    if known is not None:
        return known
    return name.upper() if len(name) == 1 else name[:1].upper() + name[1:]


class KeyMap:
    """The keys of all commands.

    Signals
    -------
    changed()
        Some command has other keys now.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._preset = DEFAULT_PRESET
        self._own: dict[str, tuple[str, ...]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._resolve()
        use_keys(self.named)

    def _resolve(self) -> None:
        """Hand the keys out: the person's choice first, then the preset, then the table."""
        table = {command.id: command.keys for command in COMMANDS}
        taken: set[str] = set()
        given: dict[str, tuple[str, ...]] = {}
        for layer in (self._own, PRESETS[self._preset], table):
            for command_id, wanted in layer.items():
                if command_id in table and command_id not in given:
                    free = {normal_keys(keys): keys for keys in wanted}
                    given[command_id] = tuple(free[keys] for keys in free if keys not in taken)
                    taken.update(free)
        self._keys = given

    # --- asking --------------------------------------------------------------------------------

    @property
    def preset(self) -> str:
        """Name of the preset in use."""
        return self._preset

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the preset."""
        return bool(self._own)

    def keys(self, command_id: str) -> tuple[str, ...]:
        """Return the keys of a command, the shown one first."""
        return self._keys.get(command_id, ())

    def named(self, command_id: str) -> str:
        """Return the key of a command as texts name it, or where it is in the menus if it has none."""
        keys = self.keys(command_id)
        if keys:
            return keys[0].replace("Return", "Enter")
        command = _BY_ID[command_id]
        return f"{tr(command.group)} ▸ {tr(command.title)}"

    def is_own(self, command_id: str) -> bool:
        """Whether the person chose the keys of a command."""
        return command_id in self._own

    def holder(self, keys: str) -> str | None:
        """Return the id of the command that has these keys, or None."""
        wanted = normal_keys(keys)
        for command_id, held in self._keys.items():
            if wanted in map(normal_keys, held):
                return command_id
        return None

    # --- changing ------------------------------------------------------------------------------

    def choose_preset(self, name: str) -> None:
        """Use a preset; what the person chose before is forgotten.

        Raises
        ------
        KeysError
            If there is no such preset.
        """
        if name not in PRESETS:
            raise KeysError(f"there is no preset “{name}”", remedy=f"Use one of: {', '.join(PRESETS)}")
        self._take(name, {})

    def set_keys(self, command_id: str, keys: Iterable[str]) -> None:
        """Give a command these keys and no others; whoever had one of them loses it.

        Raises
        ------
        KeysError
            If a key is none, is fixed, or there are too many.
        """
        wanted = tuple(dict.fromkeys(normal_keys(each) for each in keys))
        _check(command_id, wanted)
        own = {
            other: tuple(each for each in held if normal_keys(each) not in wanted)
            for other, held in self._own.items()
            if other != command_id
        }
        self._take(self._preset, own | {command_id: wanted})

    def reset(self, command_id: str) -> None:
        """Give a command the keys of the preset again, as far as nobody was given them since."""
        self._take(self._preset, {key: value for key, value in self._own.items() if key != command_id})

    def _take(self, preset: str, own: Mapping[str, tuple[str, ...]]) -> None:
        if (preset, dict(own)) != (self._preset, self._own):
            self._preset, self._own = preset, dict(own)
            self._resolve()
            self.changed.emit()

    # --- files ---------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Return the preset and what differs from it as a JSON text."""
        values = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "preset": self._preset,
            "keys": {key: list(value) for key, value in sorted(self._own.items())},
        }
        return json.dumps(values, indent=1, ensure_ascii=False)

    def from_json(self, text: str) -> list[str]:
        """Take over what `to_json` returned; commands that this lusgui does not have are returned.

        Raises
        ------
        KeysError
            If the text is no such thing, or gives one key to two commands; nothing is changed then.
        """
        values = _parsed(text)
        own: dict[str, tuple[str, ...]] = {}
        unknown: list[str] = []
        holders: dict[str, str] = {}
        known = {command.id for command in COMMANDS}
        for command_id, keys in values["keys"].items():
            wanted = tuple(dict.fromkeys(normal_keys(each) for each in keys))
            if command_id not in known:
                unknown.append(command_id)
                continue
            _check(command_id, wanted)
            for each in wanted:
                if holders.setdefault(each, command_id) != command_id:
                    raise KeysError(f"{each} is given twice: to {holders[each]} and to {command_id}")
            own[command_id] = wanted
        self._take(values["preset"], own)
        return unknown


def _check(command_id: str, wanted: tuple[str, ...]) -> None:
    table = {command.id: command.keys for command in COMMANDS}
    if len(wanted) > MOST_KEYS:
        raise KeysError(f"one command can have {MOST_KEYS} keys at most")
    for keys in wanted:
        if keys in _FIXED and keys not in map(normal_keys, table.get(command_id, ())):
            raise KeysError(f"{keys} always means the same and cannot be given away")
        if keys in (f"Alt+{group[0]}" for group in GROUPS):
            raise KeysError(f"{keys} opens a menu and cannot be given away")


def _parsed(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeysError("this is not a file of keys", remedy="Choose one that lusgui exported") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise KeysError("this is not a file of keys", remedy="Choose one that lusgui exported")
    if values.get("version") != FORMAT_VERSION:
        raise KeysError("these keys were written by another version of lusgui", remedy="Update lusgui")
    if not isinstance(values.get("preset"), str) or values["preset"] not in PRESETS:
        raise KeysError(f"there is no preset “{values.get('preset')}”")
    keys = values.get("keys")
    if not isinstance(keys, dict) or not all(
        isinstance(held, list) and all(isinstance(each, str) for each in held) for held in keys.values()
    ):
        raise KeysError("the keys in this file are not lists of text")
    return values
