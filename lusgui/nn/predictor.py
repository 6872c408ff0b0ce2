"""From gray on the raw grid to probability on the raw grid."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from lusgui.base.errors import ModelError
from lusgui.core.fading import fade_specks
from lusgui.core.margins import find_content
from lusgui.core.networks import SEGMENT
from lusgui.core.overlap import dice
from lusgui.nn.devices import choose_device, cpu_has_bfloat16, describe_device, is_out_of_memory
from lusgui.nn.folding import fold_batch_norms, shorten_convolutions
from lusgui.nn.packing import BFLOAT16, FLOAT32, MIXED, can_pack, pack_convolutions
from lusgui.nn.preprocess import Preprocess

LEAST_BFLOAT16_DICE = 0.995

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel


class Predictor:
    """A model on a device.

    On a CPU that multiplies bfloat16 (twice as fast there) a model is run in bfloat16 if its card says
    that the masks stay the same, else in mixed precision (`lusgui.nn.packing`) if it says so of that; the
    card decides, not a trial at run time, so that the same file gives the same mask in the window and on the
    command line.

    Parameters
    ----------
    model : LoadedModel
        Its network is copied and left as it is.
    device : str or torch.device
        As `choose_device` understands it.
    precision : {"auto", "float32", "mixed", "bfloat16"}
        What the convolutions compute in.

    Attributes
    ----------
    note : str
        Why the device is not the one asked for; empty otherwise.

    Raises
    ------
    ModelError
        If the model gives points or boxes, not masks.
    """

    def __init__(
        self, model: LoadedModel, device: str | torch.device = "auto", precision: str = "auto"
    ) -> None:
        model.card.require_task(SEGMENT)
        self.card = model.card
        self.note = ""
        self.device = choose_device(device) if isinstance(device, str) else device
        self._precision = precision
        self._preprocess = Preprocess.from_card(model.card)
        self._network = fold_batch_norms(copy.deepcopy(model.network).eval()).requires_grad_(False)
        # channels last is what the convolutions of oneDNN and cuDNN like best
        for parameter in self._network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        self._is_short = self._is_packed = False
        self._try(self._place)

    @property
    def uses_bfloat16(self) -> bool:
        """Whether convolutions, or most of them, are computed in bfloat16 on the present device."""
        return self._is_short

    def _place(self) -> None:
        """Bring the network to the present device, in the precision it is to have there."""
        self._network = self._network.to(self.device)
        precision = self._choose_precision()
        if self.device.type == "cpu" and can_pack(self._network):
            self._network = pack_convolutions(self._network, precision)
            self._is_packed = True
        elif precision == BFLOAT16 and not self._is_short:
            self._network = shorten_convolutions(self._network)
        elif precision == MIXED:
            precision = FLOAT32  # known to packed convolutions only
        self._is_short = precision != FLOAT32

    def _choose_precision(self) -> str:
        if self._precision != "auto":
            return self._precision
        if self.device.type == "cpu" and cpu_has_bfloat16():
            for precision, agreement in ((BFLOAT16, self.card.bfloat16_dice), (MIXED, self.card.mixed_dice)):
                if agreement >= LEAST_BFLOAT16_DICE:
                    return precision
        return FLOAT32

    @property
    def description(self) -> str:
        """What people read of the device."""
        return describe_device(self.device)

    def warm_up(self) -> None:
        """Run once on nothing, so that the first frame does not pay for the set-up of kernels."""
        self.predict_all(np.zeros(self.card.input_shape, np.float32))

    def predict(self, gray: NDArray[Any], label: str = "") -> NDArray[np.float32]:
        """Return the probability of a label.

        Parameters
        ----------
        gray : (H, W) ndarray in [0, 1]
            As ``core.pipeline.gray_frame`` gives it.
        label : str
            A label of the model; empty for its first.

        Returns
        -------
        (H, W) float32 ndarray in [0, 1]

        Raises
        ------
        ModelError
            If the model does not know the label, or there is no memory even on the CPU.
        """
        if label and label not in self.card.labels:
            raise ModelError(f"the model {self.card.name} knows no label '{label[:60]}'")
        planes = self.predict_all(gray)
        chosen: NDArray[np.float32] = planes[self.card.labels.index(label) if label else 0]
        return chosen

    def predict_all(self, gray: NDArray[Any]) -> NDArray[np.float32]:
        """Return the probabilities of all labels: (H, W) in [0, 1] to float32 (L, H, W) in [0, 1]."""
        content = find_content(gray, self.card.crops_margins)
        if content.shape == gray.shape:
            return self._predict_content(gray)
        found = self._predict_content(gray[content.slices])
        whole = np.zeros((found.shape[0], *gray.shape), np.float32)
        whole[:, *content.slices] = found
        return whole

    def _predict_content(self, gray: NDArray[Any]) -> NDArray[np.float32]:
        shape = (int(gray.shape[0]), int(gray.shape[1]))
        x = self._preprocess.forward(gray)  # (1, C, h, w)
        logits = self._try(lambda: self._run(x))
        raw: NDArray[np.float32] = self._preprocess.inverse(self._preprocess.probability(logits)[0], shape)
        return fade_specks(raw, self.card.least_mass)

    def _run(self, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            x = x.to(self.device).contiguous(memory_format=torch.channels_last)
            casts = self._is_short and not self._is_packed  # packed convolutions see to it themselves
            with torch.autocast(self.device.type, torch.bfloat16, enabled=casts):
                logits: torch.Tensor = self._network(x)
            return logits.float().cpu()

    def _try(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.device.type == "cpu":
                raise ModelError(
                    "there is not enough memory to run the model", remedy="Close other programs and try again"
                ) from error
        self._fall_back()
        return self._try(step)

    def _fall_back(self) -> None:
        self.note = f"{describe_device(self.device)} is out of memory; the CPU answers instead"
        lost = self.device.type
        self.device = torch.device("cpu")
        self._place()
        if lost == "cuda":
            torch.cuda.empty_cache()


def compare_precision(model: LoadedModel, grays: Iterable[NDArray[Any]], precision: str) -> list[float]:
    """Return the Dice between the masks of a shorter precision and of float32 for each frame.

    Parameters
    ----------
    model : LoadedModel
        What is judged.
    grays : iterable of (H, W) ndarray in [0, 1]
        Frames as the model wants them.
    precision : {"mixed", "bfloat16"}
        What is compared with float32.

    Returns
    -------
    list of float
        In [0, 1]; of several labels the least. Masks that are both empty agree.
    """
    plain = Predictor(model, "cpu", FLOAT32)
    short = Predictor(model, "cpu", precision)
    found = []
    for gray in grays:
        a = plain.predict_all(gray) >= model.card.threshold  # (L, H, W)
        b = short.predict_all(gray) >= model.card.threshold
        found.append(min(dice(one, other) for one, other in zip(a, b, strict=True)))
    return found


def compare_bfloat16(model: LoadedModel, grays: Iterable[NDArray[Any]]) -> list[float]:
    """Return what `compare_precision` finds for bfloat16."""
    return compare_precision(model, grays, BFLOAT16)


def measure_bfloat16_dice(model: LoadedModel, grays: Iterable[NDArray[Any]]) -> float:
    """Return the least of `compare_bfloat16`, which `ModelCard.bfloat16_dice` takes; 0 without frames."""
    return min(compare_bfloat16(model, grays), default=0.0)


def measure_mixed_dice(model: LoadedModel, grays: Iterable[NDArray[Any]]) -> float:
    """Return the least Dice of mixed precision, which `ModelCard.mixed_dice` takes; 0 without frames."""
    return min(compare_precision(model, grays, MIXED), default=0.0)
