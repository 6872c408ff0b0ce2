"""Whole commands in two processes, as torchrun starts them: one of them writes, both come to the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize(
    "words",
    [
        ["localize", "--recipe", "hu2018", "--tiny", "--set", "masks=[2]", "--set", "first_folds=1"],
        ["detect", "--recipe", "ramos2020_tiny", "--tiny"],
        ["crossval", "--recipe", "cheng2021_xunet", "--tiny", "--first-folds", "1"],
    ],
    ids=lambda words: words[0],
)
def test_a_command_in_two_processes(tmp_path, words):
    out = tmp_path / "out"
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": "2"}
    address |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        # a machine need not be able to resolve its own name
        address["GLOO_SOCKET_IFNAME"] = "lo"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "training", *words, "--device", "cpu", "--out", str(out)],
            env=os.environ | address | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0], said
    assert "</html>" in (out / "report.html").read_text(encoding="utf-8")
