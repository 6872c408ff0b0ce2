"""Published numbers that nobody can reproduce without the authors' own data, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHENG = "Cheng & Lam 2021, arXiv:2110.02196"
AMIRI = "Amiri et al. 2020, doi:10.1109/TUFFC.2020.3015081"
HU = "Hu et al. 2018"
RAMOS = "Ramos et al. 2020"


@dataclass(frozen=True)
class Number:
    """A published number that stays a claim.

    Parameters
    ----------
    paper : str
        Where it stands.
    what : str
        Which quantity, on which data.
    value : str
        As published.
    why : str
        What is missing.
    instead : str
        What is shown here in its place.
    """

    paper: str
    what: str
    value: str
    why: str
    instead: str


_RIBS = (
    "no public copy of the 300 lung frames of one volunteer and their rib masks is known; the folds and the"
    " ranges of the augmentation are not stated"
)
_SUS = "no public copy of the 85 Field II phantoms is known, and the folds are not stated"
_HC18 = (
    "the 805 frames are those of the public HC18 set, of which 173 are at hand here; the folds are not stated"
)
_RETCAM = (
    "no public copy of the 9,047 eye images and their centres is known; widths, rates and batch size are not"
    " stated"
)
_INPER = "no public copy of the 21 volumes is known, and the random split is not stated"
_REAL = "pretraining: the same networks on real ribs and cerebella, held out by clip and patient"
_ORDER = "strategies: the same orderings on simulated cysts and on 173 of the fetal heads"


def _table_two() -> list[Number]:
    """Return the rows of Table II of Amiri et al.: Dice of whole network, best strategy and scratch."""
    values = {
        ("SUS", "80 %"): (".834", ".834 (whole)", ".788"),
        ("SUS", "50 %"): (".797", ".797 (whole)", ".777"),
        ("SUS", "5 %"): (".749", ".754 (except 5)", ".670"),
        ("BUS", "80 %"): (".774", ".785 (except 5)", ".763"),
        ("BUS", "50 %"): (".769", ".784 (except 5)", ".639"),
        ("BUS", "5 %"): (".663", ".666 (except 5)", ".550"),
        ("FUS", "80 %"): (".972", ".972 (whole)", ".961"),
        ("FUS", "5 %"): (".955", ".955 (whole and 3 to 7)", ".806"),
        ("X-ray", "80 %"): (".979", ".98 (contracting)", ".976"),
        ("X-ray", "50 %"): (".978", ".978 (whole)", ".976"),
        ("X-ray", "5 %"): (".973", ".973 (whole and except 5)", ".959"),
    }
    why = {
        "SUS": _SUS,
        "BUS": "no copy of the 163 breast images is at hand here, and the folds are not stated",
        "FUS": _HC18,
        "X-ray": "no copy of the 240 chest images is at hand here, and the folds are not stated",
    }
    instead = {"SUS": _ORDER, "FUS": _ORDER}
    return [
        Number(
            AMIRI,
            f"Dice on {data} with {part} of the data: whole network, best strategy, scratch (Table II)",
            ", ".join(numbers),
            why[data] + "; pre-training was on XPIE, of which no copy can be had here",
            instead.get(
                data, "nothing: no such data here; the reader for its layout is tested on made-up files"
            ),
        )
        for (data, part), numbers in values.items()
    ]


NUMBERS: tuple[Number, ...] = (
    Number(CHENG, "highest Dice of the V-Unet, fine-tuned", "0.8632", _RIBS, _REAL),
    Number(CHENG, "Dice of the X-Unet, fine-tuned whole", "0.8297", _RIBS, _REAL),
    Number(CHENG, "Dice of the X-Unet, fine-tuned with a frozen bottleneck", "0.8107", _RIBS, _REAL),
    Number(CHENG, "change of the V-Unet with 200 in place of 400 frames", "-0.082", _RIBS, _REAL),
    Number(CHENG, "change of the X-Unet with 600 in place of 400 frames", "less than +0.01", _RIBS, _REAL),
    Number(
        CHENG,
        "batch normalisation failed with batches of 20",
        "no number given",
        _RIBS,
        "normalisation: none, batch, group and instance normalisation at batches of 2 and 20",
    ),
    Number(
        CHENG,
        "X-Unet smoother than V-Unet, with fewer outliers (Figures 5 to 7)",
        "seen, not measured",
        _RIBS,
        "pretraining: false components beside Dice, and a gallery of the same layout",
    ),
    *_table_two(),
    Number(
        AMIRI,
        "minutes a fold on a Titan V: whole, contracting, except 5; SUS, BUS, FUS, X-ray",
        "1.36 1.53 1.30; 1.65 1.39 1.40; 3.20 2.70 2.29; 3.08 2.84 2.53",
        "another machine and other data",
        "strategies: seconds and epochs to convergence of each strategy on one processor core",
    ),
    Number(
        AMIRI,
        "training from scratch fails in some folds",
        "1 to 2 of 5",
        _SUS,
        "strategies: failed folds of every strategy",
    ),
    Number(
        HU,
        "Dice with localization pre-training against without",
        "0.88 ± 0.1 against 0.84 ± 0.2",
        _RETCAM,
        "localize_first: the same comparison on data given here",
    ),
    Number(
        HU, "error of the localizer, validation and test", "132.16 and 206.15 px²", _RETCAM, "localize_first"
    ),
    Number(
        RAMOS,
        "‘AP’ (mean IoU) with S = 7, 9, 11, 13",
        "82.97, 83.77, 84.8, 83.6 %",
        _INPER,
        "yolo_grid: the sweep on public cerebella and simulated heads, with true AP beside it",
    ),
    Number(
        RAMOS,
        "tiny YOLO: ‘AP’ at momentum .3, .5, .7, .9 and rates 5e-4, 5e-3",
        ".45 .48, .42 .31, .45 .29, .40 .66",
        _INPER,
        "yolo_grid",
    ),
    Number(RAMOS, "tiny YOLO: F1 of the same", ".96 .96, .99 .99, .94 .94, 1 1", _INPER, "yolo_grid"),
)
"""Every one of them."""


def rows() -> list[dict[str, object]]:
    """Return the list as plain rows for a report."""
    return [
        {
            "paper": number.paper,
            "number": number.what,
            "published": number.value,
            "why it cannot be reproduced": number.why,
            "shown instead": number.instead,
        }
        for number in NUMBERS
    ]


def write_page(folder: Path) -> Path:
    """Write ``unreproducible.csv`` and ``report.html`` into a folder; return the page's path."""
    from training.report.page import Report

    report = Report("Published numbers that cannot be reproduced", "Each with the reason, and what is shown")
    report.add_text(
        "These numbers stand on data that only their authors have, or are stated with too little to repeat"
        " them. They are given as published; nothing here confirms or refutes them."
    )
    report.add_table(rows(), caption=f"{len(NUMBERS)} numbers of four papers.", name="unreproducible")
    return report.write(folder)
