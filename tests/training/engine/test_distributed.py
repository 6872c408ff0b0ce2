from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from training.engine.distributed import World, join, leads_here

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CPU = torch.device("cpu")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_alone_nothing_is_exchanged(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.delenv("RANK", raising=False)
    world = join(CPU)
    assert (world.rank, world.size, world.leads, leads_here()) == (0, 1, True, True)
    assert world.share(7) == (0, 7)
    assert world.decide(2) == 2
    assert world.tell({"loss": 0.5}) == {"loss": 0.5}
    assert world.tell_state(None) is None
    layer = nn.Linear(2, 1)
    loss = torch.tensor(0.5)
    assert world.sum_gradients(list(layer.parameters()), loss) is loss
    assert layer.weight.grad is None
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("items", [0, 1, 5, 8, 21])
def test_shares_cover_a_batch_once(size, items):
    shares = [World(rank, size, CPU).share(items) for rank in range(size)]
    covered = [i for start, stop in shares for i in range(start, stop)]
    assert covered == list(range(items))
    assert max(b - a for a, b in shares) - min(b - a for a, b in shares) <= 1


def test_two_ranks_walk_the_curve_of_one(tmp_path):
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": "2"}
    address |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        # a machine need not be able to resolve its own name
        address["GLOO_SOCKET_IFNAME"] = "lo"
    processes = [
        subprocess.Popen(
            [sys.executable, str(HERE / "two_ranks.py"), str(tmp_path)],
            env=os.environ | address | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=100)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    ranks = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    # rank 0 was asked to stop, and both did; then both went on
    assert [rank["first"] for rank in ranks] == ["cancelled"] * 2
    assert [rank["reason"] for rank in ranks] == ["finished"] * 2
    assert ranks[0]["sum"] == ranks[1]["sum"]
    # no rank goes on before rank 0 has written
    assert [rank["written"] for rank in ranks] == [True, True]

    sys.path.insert(0, str(HERE))
    try:
        import two_ranks
    finally:
        sys.path.remove(str(HERE))
    alone = two_ranks.train(None, 3)
    for name in ("loss", "val_loss", "val_dice", "rate"):
        wanted = [row[name] for row in alone.history]
        for rank in ranks:
            assert [row[name] for row in rank["history"]] == pytest.approx(wanted, rel=1e-4), name
    sums = [float(value.double().sum()) for value in alone.network.state_dict().values()]
    assert ranks[0]["sum"] == pytest.approx(sums, rel=1e-3, abs=1e-4)
