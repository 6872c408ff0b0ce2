"""``python -m training networks``: what each network is made of, and what learns under each strategy."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from lusgui.nn.cost import NetworkCost


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "networks",
        help="List the networks: parameters, multiply-adds for an input of 256 x 256, blocks, and the number"
        " of parameters that learn under each strategy.",
    )
    def networks(
        name: list[str] = typer.Argument(None, help="Only these; all if left out"),
        width: int | None = typer.Option(None, "--width", min=1, help="Base width, if not each one's own"),
        as_json: bool = typer.Option(False, "--json", help="Print JSON"),
    ) -> None:
        from lusgui.core.networks import NETWORKS, spec_of
        from lusgui.nn.cost import cost_of

        costs = [
            cost_of(each, {} if width is None else spec_of(each).at_width(width)) for each in name or NETWORKS
        ]
        if as_json:
            typer.echo(json.dumps([asdict(cost) for cost in costs], indent=2))
            return
        from rich.console import Console

        # wide enough that no number is cut, also in a file
        console = Console(file=sys.stdout, width=max(shutil.get_terminal_size().columns, 160))
        console.print(describe_networks(costs))
        console.print(describe_strategies(costs))


def describe_networks(costs: list[NetworkCost]) -> Table:
    """Return one row a network."""
    from rich.table import Table

    from lusgui.core.networks import TASKS, spec_of

    side = costs[0].side
    table = Table(title="Networks", title_justify="left")
    table.add_column("Name", no_wrap=True)
    table.add_column("Gives", no_wrap=True)
    table.add_column("Width", justify="right", no_wrap=True)
    table.add_column("Parameters", justify="right", no_wrap=True)
    table.add_column(f"Multiply-adds\nat {side} x {side}", justify="right", no_wrap=True)
    table.add_column("Blocks and their parameters")
    for cost in costs:
        table.add_row(
            cost.name,
            TASKS[cost.task],
            str(cost.arguments[spec_of(cost.name).width_key]),
            f"{cost.parameters:,}",
            f"{cost.multiply_adds / 1e9:.2f} G",
            ", ".join(f"{block} {count:,}" for block, count in cost.blocks.items()),
        )
    return table


def describe_strategies(costs: list[NetworkCost]) -> Table:
    """Return one row a strategy, with the parameters that learn in each network."""
    from rich.table import Table

    from lusgui.core.strategies import STRATEGIES

    table = Table(title="Parameters that learn under each strategy", title_justify="left")
    table.add_column("Strategy", no_wrap=True)
    for cost in costs:
        table.add_column(cost.name, justify="right", no_wrap=True)
    table.add_column("Learns")
    for name, strategy in STRATEGIES.items():
        counts = [f"{cost.learning[name]:,}" if name in cost.learning else "-" for cost in costs]
        table.add_row(name, *counts, strategy.title)
    return table
