"""One step of the optimiser: a whole batch in as many parts as memory asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from lusgui.nn.devices import describe_device, is_out_of_memory
from training.engine.parts import count, cut
from training.engine.precision import choose_precision, make_scaler
from training.engine.settings import TrainingError

if TYPE_CHECKING:
    from training.engine.distributed import World
    from training.engine.settings import FitSettings
    from training.engine.task import Task

log = logging.getLogger(__name__)


class Stepper:
    """Turns batches into steps.

    A batch is cut into parts whose gradients are added up with the weights they have in the batch, so that
    the step is that of the whole batch. When memory runs out the parts are halved and the step is done
    again; parts never grow again.

    Parameters
    ----------
    network : torch.nn.Module
        On the device.
    task : Task
        Knows the loss.
    optimiser : torch.optim.Optimizer
        Of the parameters that learn.
    settings : FitSettings
        Precision, accumulation, clipping.
    world : World
        Who computes together.

    Attributes
    ----------
    part : int
        Most items that go through the network at once.
    """

    def __init__(
        self,
        network: nn.Module,
        task: Task,
        optimiser: torch.optim.Optimizer,
        settings: FitSettings,
        world: World,
    ) -> None:
        self._network = network
        self._task = task
        self._optimiser = optimiser
        self._clip = settings.clip
        self._world = world
        self._learning = [p for p in network.parameters() if p.requires_grad]
        self.dtype = choose_precision(settings.precision, world.device)
        self.scaler = make_scaler(self.dtype, world.device)
        self.part = -(-settings.batch_size // settings.accumulate)

    def autocast(self) -> torch.autocast:
        """Return the context in which the network computes."""
        return torch.autocast(self._world.device.type, self.dtype, enabled=self.dtype is not None)

    def step(self, batch: object, rate: float) -> Tensor:
        """Learn from a batch and return its loss, still on the device.

        Raises
        ------
        TrainingError
            If memory does not even suffice for one item.
        """
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        while True:
            # what batch norm had seen is put back if the step must be done again
            seen = [buffer.clone() for buffer in self._network.buffers()]
            try:
                loss = self._gradient(batch)
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if self.part == 1:
                    raise TrainingError(
                        "there is not enough memory to learn from one item at a time",
                        remedy="Choose a smaller network or input, or close other programs",
                    ) from error
            # outside the handler: the exception holds on to the memory of its frames
            self._shrink(seen)
        loss = self._world.sum_gradients(self._learning, loss)
        if self._clip is not None:
            self.scaler.unscale_(self._optimiser)
            nn.utils.clip_grad_norm_(self._learning, self._clip)
        self.scaler.step(self._optimiser)
        self.scaler.update()
        return loss

    def _gradient(self, batch: object) -> Tensor:
        self._optimiser.zero_grad(set_to_none=True)
        items = count(batch)
        start, stop = self._world.share(items)
        whole = self._weight(batch).clamp_min(1e-12)
        total = torch.zeros((), device=self._world.device)
        for first in range(start, stop, self.part):
            part = cut(batch, first, min(first + self.part, stop))
            with self.autocast():
                loss = self._task.loss(self._network, part)
            loss = loss.float()
            if (first, stop - start) != (0, items) or self.part < items:
                loss = loss * (self._weight(part) / whole)
            self.scaler.scale(loss).backward()
            total += loss.detach()
        return total

    def _weight(self, batch: object) -> Tensor:
        weigh: Any = getattr(self._task, "weight", None)
        weight = count(batch) if weigh is None else weigh(batch)
        # stays on the device: fetching it would make the host wait for the graphics card
        return torch.as_tensor(weight, dtype=torch.float32, device=self._world.device)

    def _shrink(self, seen: list[Tensor]) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        for buffer, before in zip(self._network.buffers(), seen, strict=True):
            buffer.copy_(before)
        if self._world.device.type == "cuda":
            torch.cuda.empty_cache()
        self.part = -(-self.part // 2)
        log.warning(
            "%s is out of memory: batches now go through in parts of %d; the step stays that of the batch",
            describe_device(self._world.device),
            self.part,
        )
