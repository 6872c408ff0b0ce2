"""The command line of training: ``python -m training models --rebuild rib --data DIR``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from lusgui.base.errors import LusguiError


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 2 with one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    models = commands.add_parser("models", help="make a default model again, with its scores and its card")
    models.add_argument("--rebuild", required=True, choices=("rib", "cerebellum"), dest="name")
    models.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    models.add_argument("--out", type=Path, default=Path("resources/weights"), help="where the model goes")
    models.add_argument("--work", type=Path, default=Path(".training"), help="where half-done work is kept")
    models.add_argument("--seed", type=int, default=0)
    models.add_argument("--steps", type=int, help="batches of each training, if not the recipe's")
    models.add_argument("--folds", type=int, help="train and judge only the first so many folds")
    models.add_argument("--threads", type=int, help="processor threads")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        import torch

        from training.models import rebuild

        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        card = rebuild(
            arguments.name,
            arguments.data,
            arguments.out,
            arguments.work,
            seed=arguments.seed,
            steps=arguments.steps,
            most_folds=arguments.folds,
        )
    except LusguiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(card.dumps())
    return 0


if __name__ == "__main__":
    sys.exit(main())
