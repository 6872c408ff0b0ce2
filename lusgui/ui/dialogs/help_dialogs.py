"""The dialogs about the window itself: keys, palette, guide, about; opened through ``Dialogs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog, QWidget

    from lusgui.session.session import Session


def openers(
    session: Session, window: QWidget | None, show: Callable[..., QDialog]
) -> dict[str, Callable[[], object]]:
    """Return what each of these dialogs is asked for by, with what opens it.

    Parameters
    ----------
    session : Session
        Keys and everything that can be found.
    window : QWidget or None
        Parent of the dialogs, and the desk of the palette.
    show : callable
        Opens a dialog once, given its name and what makes it.
    """

    def shortcuts() -> None:
        from lusgui.ui.dialogs.shortcuts import ShortcutSheet

        show("shortcuts", lambda: ShortcutSheet(session, window), is_modal=False)

    def palette() -> None:
        from lusgui.ui.dialogs.palette import Palette

        desk: Any = window
        show("palette", lambda: Palette(session, desk, window))

    def keys() -> None:
        from lusgui.ui.dialogs.key_editor import KeyEditor

        show("keys", lambda: KeyEditor(session, window))

    def about() -> None:
        from lusgui.ui.dialogs.about import AboutDialog

        show("about", lambda: AboutDialog(window))

    return {"shortcuts": shortcuts, "palette": palette, "keys": keys, "about": about}
