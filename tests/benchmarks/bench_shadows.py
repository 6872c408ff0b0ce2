"""How exact, and how often, the width of a shadow is told: ``bench_shadows.py [--count N] [--first SEED]``.

Random simulated chest walls with exact truth, one to three ribs, linear and convex. Of ribs that reach the
edge of the image the shadow is told as a lower bound; "over" says how many bounds exceed the truth by more
than a millimetre.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import numpy as np

from training.simulate.shadow_widths import simulated_shadows


def table(count, first):
    """Return the lines of the table."""
    lines = ["probe   ribs     n  told  bound  refused   error median / p90 / most (mm)   bounds over"]
    for is_sector in (False, True):
        for ribs in (1, 2, 3):
            cases = [
                case
                for seed in range(first, first + count)
                for case in simulated_shadows(seed, ribs=ribs, is_sector=is_sector)
            ]
            told = [case for case in cases if case.found.value is not None]
            errors = np.array([abs(c.found.value - c.true_mm) for c in told if not c.found.is_least])
            bounds = np.array([c.found.value - c.true_mm for c in told if c.found.is_least])
            figures = "-"
            if len(errors):
                figures = f"{np.median(errors):.2f} / {np.quantile(errors, 0.9):.2f} / {errors.max():.1f}"
            over = f"{np.mean(bounds > 1):.0%}" if len(bounds) else "-"
            probe = "convex" if is_sector else "linear"
            shares = (len(errors), len(bounds), len(cases) - len(told))
            told_share, bound_share, refused = (f"{share / max(len(cases), 1):.0%}" for share in shares)
            lines.append(
                f"{probe:<7} {ribs:>4} {len(cases):>5} {told_share:>5} {bound_share:>6} {refused:>8}"
                f"   {figures:<32} {over:>11}"
            )
            why = Counter(case.found.reason for case in cases if case.found.value is None)
            lines += [f"        {number:>4} {reason}" for reason, number in why.most_common()]
            whole = [case for case in cases if not case.is_cut]
            seen = sum(case.found.value is not None for case in whole)
            lines.append(f"        of {len(whole)} ribs wholly in the image {seen} were told")
    return lines


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=60)
    asked.add_argument("--first", type=int, default=20000)
    chosen = asked.parse_args()
    sys.stdout.write("\n".join(table(chosen.count, chosen.first)) + "\n")
