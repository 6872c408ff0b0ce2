"""Which weights answer clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.io.models import list_models

if TYPE_CHECKING:
    from pathlib import Path


def find_click_model() -> Path | None:
    """Return the weights of the click network, or None where there are none.

    The person's own go before the bundled ones, a newer version of the same name before an older one.
    """
    usable = [
        entry for entry in list_models(answers_clicks=True) if entry.card is not None and not entry.is_hidden
    ]
    own = [entry for entry in usable if not entry.is_bundled]
    newest = max(
        own or usable, key=lambda entry: _version(entry.card.version if entry.card else ""), default=None
    )
    return None if newest is None else newest.path


def _version(text: str) -> tuple[tuple[int, str], ...]:
    """Return what versions are ordered by: 1.10 comes after 1.9."""
    parts = text.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
