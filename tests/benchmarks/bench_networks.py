"""Images a second of every network, learning and answering, and its share of the machine's matrix product.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_networks.py [--threads N] [--device NAME] [--csv F]``
on a machine that does nothing else. The peak is measured in the same run and precision: the fastest bare
product of two large matrices. The networks' times are medians. Random weights: speed only.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time

import torch
from rich.console import Console
from rich.table import Table
from torch.utils.flop_counter import FlopCounterMode

from lusgui.core.networks import NETWORKS
from lusgui.nn.devices import describe_device, is_out_of_memory
from lusgui.nn.registry import build, count_parameters

SCALED = 4
"""The published widths are divided by this where a scaled network is asked for."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
COLUMNS = (
    *("network", "width", "parameters", "side", "precision", "mode", "batch"),
    *("images_per_s", "gflop_per_s", "peak_gflop_per_s", "share_of_peak"),
)


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


def seconds_a_step(step, device, seconds, choose=statistics.median):
    """Return the median (or another) time of a step, of as many as fit into the time, three at least."""
    step()
    step()
    wait(device)
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        wait(device)
        taken.append(time.perf_counter() - start)
    return choose(taken)


def measure_peak(precision, device, seconds, size):
    a, b = (torch.randn(size, size, device=device).to(DTYPES[precision]) for _ in range(2))
    with torch.inference_mode():
        return 2 * size**3 / seconds_a_step(lambda: a @ b, device, seconds, min)


def operations(name, arguments, shape, learns):
    """Return the floating-point operations for one input, of the way back too where the network learns."""
    with torch.device("meta"):
        network = build(name, **arguments).train(learns)
        with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(learns):
            # two of them, because a normalisation over one deep pixel is refused
            answer = network(torch.empty(2, *shape))
            if learns:
                answer.square().mean().backward()
    return counter.get_total_flops() / 2


def measure(name, arguments, precision, learns, batch, side, device, seconds):
    network = build(name, **arguments).to(device, memory_format=torch.channels_last).train(learns)
    channels = network.init_args["in_channels"]
    x = torch.rand(batch, channels, side, side, device=device).contiguous(memory_format=torch.channels_last)
    autocast = {"dtype": DTYPES[precision], "enabled": precision != "float32"}
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-5) if learns else None

    def learn():
        optimiser.zero_grad()
        with torch.autocast(device.type, **autocast):
            loss = network(x).float().square().mean()
        loss.backward()
        optimiser.step()

    def answer():
        with torch.inference_mode(), torch.autocast(device.type, **autocast):
            network(x)

    return batch / seconds_a_step(learn if learns else answer, device, seconds)


def rows(options, device):
    peaks = {p: measure_peak(p, device, options.seconds, options.matrix) for p in options.precisions}
    for precision, peak in peaks.items():
        sys.stdout.write(f"matrix product in {precision}: {peak / 1e9:.0f} GFLOP/s\n")
    for name in options.networks:
        published = NETWORKS[name].defaults[NETWORKS[name].width_key]
        own = NETWORKS[name].defaults.get("input_side")
        side = options.side or own or 256
        widths = {"full": [published], "scaled": [max(published // SCALED, 1)]}
        for width in sorted({w for each in options.widths for w in widths[each]}):
            arguments = NETWORKS[name].at_width(width) | ({} if own is None else {"input_side": side})
            shape = (NETWORKS[name].defaults["in_channels"], side, side)
            with torch.device("meta"):
                parameters = count_parameters(build(name, **arguments))
            if parameters > options.most_parameters:
                sys.stdout.write(f"{name} at width {width} left out: {parameters:,} parameters\n")
                continue
            for precision in options.precisions:
                for learns in (True, False):
                    row = {
                        "network": name,
                        "width": width,
                        "parameters": parameters,
                        "side": side,
                        "precision": precision,
                        "mode": "training" if learns else "inference",
                        "batch": options.batch,
                        "peak_gflop_per_s": round(peaks[precision] / 1e9, 1),
                    }
                    done = operations(name, arguments, shape, learns)
                    try:
                        rate = measure(
                            name, arguments, precision, learns, options.batch, side, device, options.seconds
                        )
                    except (RuntimeError, MemoryError) as error:
                        if not is_out_of_memory(error):
                            raise
                        sys.stdout.write(f"{name} at width {width}: out of memory in {row['mode']}\n")
                        continue
                    row |= {
                        "images_per_s": round(rate, 3),
                        "gflop_per_s": round(rate * done / 1e9, 1),
                        "share_of_peak": round(rate * done / peaks[precision], 3),
                    }
                    yield row


def show(found):
    table = Table(title="Images a second", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("network", "precision", "mode") else "right")
    for row in found:
        table.add_row(*(f"{row[c]:,}" if isinstance(row[c], int) else str(row[c]) for c in COLUMNS))
    Console(width=150).print(table)


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--widths", nargs="+", choices=["scaled", "full"], default=["scaled", "full"])
    parser.add_argument("--precisions", nargs="+", choices=list(DTYPES), default=["float32", "bfloat16"])
    parser.add_argument("--side", type=int, help="rows and columns of the input; each network's own, or 256")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement")
    parser.add_argument("--matrix", type=int, default=2048, help="rows of the matrices of the peak")
    parser.add_argument("--threads", type=int, help="processor threads")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--most-parameters", type=int, default=10**9, help="leave larger networks out")
    parser.add_argument("--csv", help="file to write the rows to")
    return parser.parse_args(argv)


def main(argv=None):
    options = parse(argv)
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    sys.stdout.write(f"{describe_device(device)}, torch {torch.__version__}\n")
    found = []
    stream = open(options.csv, "w", newline="", encoding="utf-8") if options.csv else None  # noqa: PTH123, SIM115
    try:
        writer = csv.DictWriter(stream, COLUMNS) if stream else None
        if writer:
            writer.writeheader()
        for row in rows(options, device):
            found.append(row)
            if writer:
                writer.writerow(row)
                stream.flush()  # what was measured survives an interruption
    finally:
        if stream:
            stream.close()
    show(found)


if __name__ == "__main__":
    main()
