"""What the canvas needs of a frame that has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ShownFrame(Protocol):
    """A frame that has been read; arrays (H, W)."""

    @property
    def stored(self) -> NDArray[Any]:
        """Numbers of the file."""

    @property
    def gray_raw(self) -> NDArray[np.float32]:
        """Gray in [0, 1] before despeckling."""

    @property
    def gray(self) -> NDArray[np.float32]:
        """Gray in [0, 1] after despeckling."""
