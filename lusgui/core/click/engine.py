"""What every engine that answers clicks can do, whether it has a network or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.click.answer import ClickAnswer
    from lusgui.core.click.prompt import ClickPrompt


@runtime_checkable
class Embedding(Protocol):
    """What an engine computes once a frame, so that a click costs only the light part."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory it takes, for whoever bounds how many are kept."""
        ...


@runtime_checkable
class ClickEngine(Protocol):
    """From marks on a frame to a mask.

    A network of our own stands behind it, or the engine without weights; a pair of encoder and decoder from
    elsewhere could as well.
    """

    @property
    def name(self) -> str:
        """Name for people: "click 1.0", "without a model"."""
        ...

    def embed(self, gray: NDArray[np.float32], spacing_ratio: float = 1.0) -> Embedding:
        """Do what is done once a frame.

        Parameters
        ----------
        gray : (H, W) float32 ndarray in [0, 1]
            The frame with its speckle; an engine that wants it without takes it out itself.
        spacing_ratio : float
            Millimetres a row over millimetres a column; 1 where nobody knows.
        """
        ...

    def answer(
        self,
        embedding: Any,  # noqa: ANN401 - only the engine that made it knows what it is
        prompt: ClickPrompt,
        previous: NDArray[np.bool_] | None,
        *,
        is_preview: bool = False,
    ) -> ClickAnswer:
        """Return the mask for what was marked.

        Parameters
        ----------
        embedding : Embedding
            Of the frame, from `embed` of this engine.
        prompt : ClickPrompt
            Marks, sound for the frame (`ClickPrompt.checked`).
        previous : (H, W) bool ndarray or None
            The mask there already: the ghost of the marks before, or the mask loaded for this label.
        is_preview : bool
            Whether this is only shown under the pointer, so that the cheaper pass will do.

        Raises
        ------
        ClickError
            If the marks are not sound for the frame.
        """
        ...
