"""How statuses look: colour, icon and words, the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.core.annotation import Status
from lusgui.ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap


@dataclass(frozen=True)
class StatusLook:
    """A status on screen.

    Parameters
    ----------
    title : str
        In words.
    icon : str
        Icon name.
    role : str
        Colour of the palette.
    """

    title: str
    icon: str
    role: str


STATUS_LOOKS: dict[Status, StatusLook] = {
    Status.UNTOUCHED: StatusLook("untouched", "outline", "faint"),
    Status.EDITED: StatusLook("edited", "brush", "warning"),
    Status.ACCEPTED: StatusLook("accepted", "accept", "good"),
    Status.REJECTED: StatusLook("rejected", "reject", "bad"),
    Status.NOTHING_HERE: StatusLook("nothing here", "nothing", "accent"),
    Status.IGNORED: StatusLook("ignored", "ignore", "dim"),
}
MODEL_LOOK = StatusLook("model only", "segment", "dim")
"""A frame on which only the model has said something."""


def color_of(look: StatusLook) -> str:
    """Return the colour of a look in the theme in use."""
    return str(getattr(theme.current(), look.role))


def status_pixmap(status: Status, size: int, ratio: float) -> QPixmap:
    """Draw the icon of a status in its colour."""
    look = STATUS_LOOKS[status]
    return theme.pixmap(look.icon, color_of(look), size, ratio)
