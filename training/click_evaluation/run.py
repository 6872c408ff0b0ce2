"""Judge one engine on everything that is wanted, keep what is done, and write the tables of all engines."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lusgui.base.errors import LusguiError, ModelError
from lusgui.core.click.clicker import MOST_CLICKS, Hand
from training.click_evaluation.store import read_targets, write_targets
from training.click_evaluation.tables import curve_rows, nothing_row, score_row, target_rows
from training.click_evaluation.targets import (
    MOST_TARGETS,
    Sources,
    Structure,
    groups_in_split,
    spread,
    wanted,
)
from training.click_evaluation.trials import SCHEME, Trial, click_all, click_on_nothing
from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache
from training.report.tables import read_csv, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.core.click.engine import ClickEngine
    from training.click_evaluation.targets import Target

    Tell = Callable[[int, int, str], None]

log = logging.getLogger(__name__)

Kind = Literal["network", "alone", "coarse", "weightless"]

NOTHING = ("simulated cyst", "simulated lung", "usgra")
"""Sources of frames that are clicked on where nothing is drawn."""

CORE, NETWORK = "lusgui.core.click", "lusgui.nn.click"
"""Packages whose code decides what an engine answers."""

OTHER_FILES = ("__init__.py", "messages.py", "question.py", "scores.py")
"""Files of theirs that do not."""

SCORES, CURVES, TARGETS, NONE_THERE = "scores.csv", "curves.csv", "targets.csv", "nothing.csv"
FIGURE = "curves.png"


@dataclass(frozen=True)
class Settings:
    """What is judged.

    Parameters
    ----------
    kind : {"network", "alone", "coarse", "weightless"}
        Network joined with the walker, all by itself, joined but without its zoom, or no network.
    model : Path or None
        Weights of the network; the program's own where None.
    name : str
        Of the engine in tables; the kind if empty.
    hands : tuple of Hand
        Who clicks.
    structures : tuple of str
        Names of `targets.STRUCTURES`; all if empty.
    most_targets, most_clicks : int
        Targets of a structure, clicks on a target.
    minutes : float or None
        Time budget; what is kept is shown all the same.
    seed : int
        Of the split, where the model's card does not name it.
    """

    kind: Kind = "network"
    model: Path | None = None
    name: str = ""
    hands: tuple[Hand, ...] = (Hand.CENTRE,)
    structures: tuple[str, ...] = ()
    most_targets: int = MOST_TARGETS
    most_clicks: int = MOST_CLICKS
    minutes: float | None = None
    seed: int = 0

    @property
    def title(self) -> str:
        """Name of the engine in tables."""
        names = {
            "network": "network",
            "alone": "network alone",
            "coarse": "without zoom",
            "weightless": "without a model",
        }
        return self.name or names[self.kind]


@dataclass(frozen=True)
class Judged:
    """What was measured.

    Parameters
    ----------
    scores, curves, targets, nothing : list of dict
        Rows of the tables, of this engine.
    missing : tuple of str
        What there was no time for, or no data.
    notes : tuple of str
        For the person.
    """

    scores: list[dict[str, Any]]
    curves: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    nothing: list[dict[str, Any]]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "scores": self.scores,
            "curves": self.curves,
            "targets": self.targets,
            "nothing": self.nothing,
            "missing": list(self.missing),
            "notes": list(self.notes),
        }


def judge(settings: Settings, data: Path | None, cache: Path, tell: Tell | None = None) -> Judged:
    """Click through everything that is wanted, or take what is kept of it.

    Parameters
    ----------
    settings : Settings
        What.
    data : Path or None
        Folder of the real sets.
    cache : Path
        Where finished trials are kept, one file an engine, structure and hand.
    tell : callable, optional
        Told (done, total, words).

    Raises
    ------
    LusguiError
        If there is no such structure, or no such model.
    """
    structures = wanted(settings.structures)
    engine, identity, held_out, notes = open_engine(settings)
    sources = Sources(data, held_out, settings.seed)
    kept = TrialCache(cache)
    budget = Budget(settings.minutes)
    scores: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    missing: list[str] = []
    for structure in structures:
        for hand in settings.hands:
            trials = _trials(settings, engine, identity, sources, structure, hand, kept, budget, tell)
            if trials is None or not trials:
                missing.append(f"{structure.title} ({hand})" + ("" if trials is None else ": no such frames"))
                continue
            scores.append(score_row(settings.title, structure, hand.value, trials))
            curves += curve_rows(settings.title, structure, hand.value, trials)
            log.info("%s, %s, %s: %s", settings.title, structure.name, hand, _told(scores[-1]))
    nothing = []
    for source in NOTHING if not settings.structures else ():
        key = _key(settings, identity, sources, f"nothing {source}", "once")
        rows = kept.get(key)
        if rows is None:
            if not budget.allows_another():
                missing.append(f"clicks on nothing ({source})")
                continue
            samples = sources.samples(source)
            rows = kept.compute(
                key,
                lambda s=samples: {"rows": click_on_nothing(engine, s, settings.most_targets)},  # type: ignore[misc]
            )
        if rows["rows"]:
            nothing.append(nothing_row(settings.title, source, rows["rows"]))
    return Judged(scores, curves, target_rows(scores), nothing, tuple(missing), notes)


def _told(row: dict[str, Any]) -> str:
    return (
        f"n {row['n']}, NoC@85 {row['noc85']:.2f}, NoC@Dice85 {row['noc_dice85']:.2f},"
        f" IoU after one {row['iou1']:.3f}, {row['ms_median']:.0f} ms"
    )


def open_engine(
    settings: Settings,
) -> tuple[ClickEngine, str, dict[str, tuple[str, ...]] | None, tuple[str, ...]]:
    """Return the engine, a text that its weights or its code decide, the groups it never saw, and notes.

    Raises
    ------
    ModelError
        If there are no weights, or they do not answer clicks.
    """
    if settings.kind == "weightless":
        from lusgui.core.click.weightless import WeightlessEngine

        return WeightlessEngine(), f"weightless {_code_digest([CORE])}", None, ()
    from lusgui.io.click_model import find_click_model
    from lusgui.io.models import read_card
    from lusgui.nn.click.engine import load_engine

    path = settings.model or find_click_model()
    if path is None:
        raise ModelError(
            "there are no click weights to judge",
            remedy="Name a file with --model, learn one with 'python -m training click',"
            " or judge the engine without weights with --engine weightless",
        )
    card = read_card(path)
    held_out = groups_in_split(card.split)
    notes: tuple[str, ...] = ()
    if held_out is None:
        notes = (
            f"The card of {card.key} does not say whom it never saw: of the real sets it may know the very"
            " frames it is judged on.",
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    engine = load_engine(path, refines=settings.kind != "coarse", is_alone=settings.kind == "alone")
    return engine, f"{settings.kind} {digest} {_code_digest([CORE, NETWORK])}", held_out, notes


def _code_digest(packages: Sequence[str]) -> str:
    """Return a digest of the code of an engine: other code, other answers."""
    from importlib import resources

    parts = [
        file.read_bytes()
        for package in packages
        for file in sorted(resources.files(package).iterdir(), key=lambda one: one.name)
        if file.name.endswith(".py") and file.name not in OTHER_FILES
    ]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _key(settings: Settings, identity: str, sources: Sources, structure: str, hand: str) -> dict[str, Any]:
    return {
        "experiment": "clicks",
        "data": structure,
        "variant": identity,
        "fold": hand,
        "frames": sources.digest(),
        "targets": settings.most_targets,
        "clicks": settings.most_clicks,
        "scheme": SCHEME,
    }


def _trials(
    settings: Settings,
    engine: ClickEngine,
    identity: str,
    sources: Sources,
    structure: Structure,
    hand: Hand,
    kept: TrialCache,
    budget: Budget,
    tell: Tell | None,
) -> list[Trial] | None:
    """Return the trials of a structure and hand; None where there is no time for them."""
    key = _key(settings, identity, sources, structure.name, hand.value)
    found = kept.get(key)
    if found is None:
        if not budget.allows_another():
            return None
        began = time.monotonic()

        def work() -> dict[str, Any]:
            targets = stored_targets(sources, structure, settings.most_targets, kept.folder)
            trials = click_all(engine, targets, hand, settings.most_clicks, tell)
            return {"trials": [trial.to_json() for trial in trials]}

        found = kept.compute(key, work)
        budget.note(time.monotonic() - began)
    return [Trial.from_json(values) for values in found["trials"]]


def stored_targets(sources: Sources, structure: Structure, most: int, folder: Path) -> list[Target]:
    """Return the targets of a structure from disk, where they were put the first time.

    Fewer than `MOST_TARGETS` are spread evenly over those.
    """
    kept = max(most, MOST_TARGETS)
    path = folder / f"targets-{structure.name}-{kept}-{sources.digest()}.npz"
    if path.is_file():
        return spread(read_targets(path), most)
    targets = sources.targets(structure, kept)
    if targets:
        write_targets(path, targets)
    return spread(targets, most)


def write_tables(judged: Judged, title: str, out: Path) -> list[Path]:
    """Write the tables; rows of other engines that are there already stay.

    Parameters
    ----------
    judged : Judged
        What was measured.
    title : str
        Name of the engine.
    out : Path
        Folder.

    Returns
    -------
    list of Path
        What was written.
    """
    from lusgui.base.atomic import make_folder
    from training.click_evaluation.figure import write_figure

    make_folder(out)
    written = []
    for name, rows in (
        (SCORES, judged.scores),
        (CURVES, judged.curves),
        (TARGETS, judged.targets),
        (NONE_THERE, judged.nothing),
    ):
        path = out / name
        merged = _joined(path, rows, title)
        if merged:
            write_csv(path, merged)
            written.append(path)
    if (out / CURVES).is_file():
        written.append(write_figure(read_csv(out / CURVES), out / FIGURE))
    return written


def _joined(path: Path, rows: Sequence[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """Return the rows of a table with those that are measured anew replaced."""
    there: list[dict[str, Any]] = list(read_csv(path)) if path.is_file() else []
    place = ("structure", "source", "hand")
    new = {tuple(str(row.get(name, "")) for name in place) for row in rows}
    stays = [
        row
        for row in there
        if row.get("engine") != title or tuple(str(row.get(name, "")) for name in place) not in new
    ]
    columns = list(dict.fromkeys(name for row in (*rows, *stays) for name in row))
    both = [*stays, *rows]
    engines = list(dict.fromkeys(str(row["engine"]) for row in both))
    both.sort(key=lambda row: engines.index(str(row["engine"])))
    return [{name: row.get(name) for name in columns} for row in both]


def refuse_foreign(out: Path) -> None:
    """Refuse a folder that holds something else.

    Raises
    ------
    LusguiError
        If files that this command does not write are in it.
    """
    ours = {SCORES, CURVES, TARGETS, NONE_THERE, FIGURE, "words.md", "latency.csv"}
    if out.is_dir():
        other = sorted(path.name for path in out.iterdir() if path.name not in ours)
        if other:
            raise LusguiError(
                f"the folder holds something else ({other[0]})", path=out, remedy="Name another with --out"
            )
