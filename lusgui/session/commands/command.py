"""What a command is, and when commands can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk
    from lusgui.session.session import Session
    from lusgui.session.view_state import OverlayStyle, Tool


def always(session: Session) -> bool:
    """Return true."""
    return True


def has_study(session: Session) -> bool:
    """Whether a study is open."""
    return session.is_open


def has_frame(session: Session) -> bool:
    """Whether a frame is looked at."""
    return session.place is not None


def may_use_models(session: Session) -> bool:
    """Whether a frame is looked at by somebody who may see what models answer: nobody in a second read."""
    return session.place is not None and not session.is_blinded


def can_draw(session: Session) -> bool:
    """Whether there is a frame that may be drawn on."""
    return session.place is not None and not session.is_read_only


def can_accept(session: Session) -> bool:
    """Whether something drawn or clicked, a model or a proposal for the current label could be taken over."""
    key = session.key()
    if key is None or not can_draw(session):
        return False
    if session.shaping.shape is not None or session.clicking.plane() is not None:
        return True
    return session.active_model(key.label) is not None or session.proposal(key) is not None


def has_worklist(session: Session) -> bool:
    """Whether a worklist was drawn."""
    return bool(session.worklist)


def no_title(session: Session) -> str | None:
    """Return no special title."""
    return None


@dataclass(frozen=True)
class Command:
    """One thing the person can ask for.

    Parameters
    ----------
    id : str
        Stable name, ``group.verb``.
    title : str
        As menus say it.
    keys : tuple of str
        Shortcuts, the shown one first.
    run : callable
        Does it.
    group : str
        Menu it stands in.
    tooltip : str
        One sentence more than the title.
    enabled_when : callable
        Whether it can be used now.
    icon : str
        File name in ``resources/icons`` without its extension.
    checked_when : callable or None
        For switches: whether it is on.
    release : callable or None
        For keys with a meaning while held: undoes a press of more than a quarter of a second.
    title_now : callable
        A title that says more right now, or None.
    repeats : bool
        Whether holding the key repeats it.
    section : int
        Commands of one section stand together in the menu.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    run: Callable[[Desk], object]
    group: str
    tooltip: str
    enabled_when: Callable[[Session], bool] = always
    icon: str = ""
    checked_when: Callable[[Session], bool] | None = None
    release: Callable[[Desk], object] | None = None
    title_now: Callable[[Session], str | None] = no_title
    repeats: bool = False
    section: int = 0


def tool_is(tool: Tool, erase: bool | None = None) -> Callable[[Session], bool]:
    """Return a condition: this tool is in use."""

    def is_on(session: Session) -> bool:
        view = session.view
        return view.tool is tool and (erase is None or view.erase is erase)

    return is_on


def style_is(style: OverlayStyle) -> Callable[[Session], bool]:
    """Return a condition: masks are drawn in this style."""
    return lambda session: session.view.overlay_style is style


def ask(what: str) -> Callable[[Desk], None]:
    """Return a command body that opens a dialog."""
    return lambda desk: desk.ask(what)
