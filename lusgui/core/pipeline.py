"""The one path from a stored frame to gray in [0, 1], used by the canvas and by the network alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping


def gray_frame(
    frame: NDArray[Any], mapping: DisplayMapping, settings: DespeckleSettings | None = None
) -> NDArray[np.float32]:
    """Despeckle a stored frame in its own intensity state, then map it to gray.

    Window and level on screen are applied after this and never reach the network.

    Parameters
    ----------
    frame : (H, W) ndarray
        Stored numbers.
    mapping : DisplayMapping
        The recording's mapping.
    settings : DespeckleSettings, optional
        None leaves the speckle in.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
    """
    if settings is not None:
        from lusgui.core.despeckle import despeckle

        frame = despeckle(frame, mapping.intensity, settings)
    return mapping.apply(frame)
