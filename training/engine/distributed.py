"""Several processes as one: every rank takes its share of each batch, and the gradients are summed.

Start with ``torchrun --nproc-per-node 2 -m training ...``; without it there is one process and nothing here
costs anything. Every rank draws the whole batch (a batch is a function of its seed) and computes its share of
it, so that the curve is that of one process. Rank 0 alone validates, decides when to stop, reads and writes.

Batch norm takes its statistics over a rank's share; those of rank 0 are handed to all before they are
judged or stored. That is the one place where the curve depends on the number of processes.

Plain ``torch.distributed`` and not Lightning Fabric: all we need of it is one sum and one broadcast a step,
and importing Fabric takes about 3.5 s, longer than a tiny training.
"""

from __future__ import annotations

import atexit
import datetime
import io
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch import distributed as dist

from training.engine.settings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import nn

TIMEOUT = datetime.timedelta(hours=2)
"""How long ranks wait for each other: rank 0 validates meanwhile."""


@dataclass(frozen=True)
class World:
    """Who computes together.

    Parameters
    ----------
    rank, size : int
        This process and how many there are.
    device : torch.device
        Where this process computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process validates and writes."""
        return self.rank == 0

    def share(self, items: int) -> tuple[int, int]:
        """Return the first and the last but one item of this rank's share of a batch."""
        return items * self.rank // self.size, items * (self.rank + 1) // self.size

    def sum_gradients(self, parameters: Sequence[nn.Parameter], loss: Tensor) -> Tensor:
        """Replace every gradient by its sum over the ranks and return the summed loss."""
        if self.size == 1:
            return loss
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        flat = torch.cat([grad.reshape(-1) for grad in grads] + [loss.reshape(1).float()])
        dist.all_reduce(flat)
        pieces = flat[:-1].split([grad.numel() for grad in grads])
        for parameter, grad, piece in zip(parameters, grads, pieces, strict=True):
            parameter.grad = grad.copy_(piece.view(grad.shape))
        return flat[-1]

    def decide(self, choice: int) -> int:
        """Return the choice of rank 0."""
        if self.size == 1:
            return choice
        told = torch.tensor([choice], device=self.device)
        dist.broadcast(told, 0)
        return int(told.item())

    def tell(self, value: Any) -> Any:  # noqa: ANN401
        """Return the plain value (as JSON knows them) that rank 0 has."""
        if self.size == 1:
            return value
        return json.loads(self._send(json.dumps(value).encode() if self.leads else b""))

    def tell_state(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return the state of tensors and plain values that rank 0 has; ranks may have disks of their own."""
        if self.size == 1:
            return state
        buffer = io.BytesIO()
        if self.leads:
            torch.save(state, buffer)
        raw = self._send(buffer.getvalue())
        found: dict[str, Any] | None = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
        return found

    def level(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite tensors with those of rank 0."""
        if self.size == 1:
            return
        for tensor in tensors:
            # broadcast wants contiguous memory; channels-last weights are not
            values = tensor.detach().contiguous()
            dist.broadcast(values, 0)
            tensor.detach().copy_(values)

    def _send(self, raw: bytes) -> bytes:
        length = torch.tensor([len(raw)], device=self.device)
        dist.broadcast(length, 0)
        values = torch.zeros(int(length.item()), dtype=torch.uint8, device=self.device)
        if self.leads:
            values.copy_(torch.frombuffer(bytearray(raw), dtype=torch.uint8))
        dist.broadcast(values, 0)
        return values.cpu().numpy().tobytes()


def leads_here() -> bool:
    """Whether this process writes: alone, or rank 0 of those that ``torchrun`` started."""
    return int(os.environ.get("RANK", "0")) == 0


def write_once(write: Callable[[], object]) -> None:
    """Let rank 0 write what every rank goes on to read; the others wait for it."""
    if leads_here():
        write()
    if dist.is_available() and dist.is_initialized():
        dist.barrier()


def join(device: torch.device) -> World:
    """Return the world this process belongs to, connecting to the others on the first call.

    Parameters
    ----------
    device : torch.device
        What was chosen; under ``torchrun`` with CUDA each local rank takes a card of its own.

    Raises
    ------
    TrainingError
        If the other processes do not answer.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World(0, 1, device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if not dist.is_available():
        raise TrainingError("this torch cannot compute in several processes", remedy="Start without torchrun")
    if not dist.is_initialized():
        try:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                f"the other processes do not answer ({str(error).splitlines()[0][:120]})",
                remedy="Start all of them with torchrun",
            ) from error
        atexit.register(_leave)
    return World(dist.get_rank(), dist.get_world_size(), device)


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
