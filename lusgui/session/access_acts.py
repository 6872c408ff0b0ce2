"""What the commands about the window's own looks do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.acts import Desk

TEXT_SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""Sizes of letters that are offered; 1 is the usual one."""


def scale_text(steps: int) -> Callable[[Desk], None]:
    """Return a command body that makes letters larger or smaller; 0 steps makes them as usual."""

    def run(desk: Desk) -> None:
        view = desk.session.view
        if steps == 0:
            view.text_scale = 1.0
        else:
            further = [each for each in TEXT_SCALES if (each - view.text_scale) * steps > 1e-6]
            if further:
                view.text_scale = min(further) if steps > 0 else max(further)
        desk.say(tr("Text at {percent:.0f} %", percent=view.text_scale * 100))

    return run
