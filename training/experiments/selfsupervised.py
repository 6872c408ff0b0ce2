"""Does learning without masks help? A U-Net from scratch, from rebuilt frames, and from other masks.

The lesson without masks (``training.selfsupervised``) sees every real frame but those of the patients and
clips that are judged; the lesson with masks learns heads, vessels and nerves of other people at once. Both
take the same number of steps, and so does what follows on ribs and cerebella, so that only the beginning
differs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, run_cells
from training.experiments.sets import DataSet, cerebella, shrink
from training.experiments.trial_cache import TrialCache
from training.selfsupervised.frames import LIMBS_GROUP
from training.selfsupervised.pretrain import ARCHITECTURE, SCHEME, Lesson, body_of, body_path, kept_body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.trials import Trial

log = logging.getLogger(__name__)

NAME = "selfsupervised"
TITLE = "Learning without masks first"
SCRATCH = "scratch"
REBUILT = "rebuilt frames"
MASKS = "other masks"

RIB_FOLDS = (("g_oliviera", "g_vir2"), ("g_reg", "g_usgra"), ("g_pneu3", "g_vir1"))
"""Groups held out together: one that shows ribs, and one that does not."""

MASK_SCHEME = 1
"""Counts up when that lesson changes."""

MASK_LABELS = ("head", "vessel", "nerve")


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; each has its own beginning, too.
    minutes : float or None
        Time budget.
    sets : tuple of str
        ``ribs`` (3 folds by clip) and ``cerebellum`` (by patient).
    cerebellum_folds : int
        Folds of the latter.
    side, base_width, batch_size : int
        Of every training.
    steps_before, steps : int
        Batches of the beginning, and of what follows.
    learning_rate : float
        Highest rate of all of them, falling by a cosine.
    longest : int
        Rows or columns that cerebella are shrunk to, and the frames with other masks.
    """

    seeds: int = 1
    minutes: float | None = 25.0
    sets: tuple[str, ...] = ("ribs", "cerebellum")
    cerebellum_folds: int = 5
    side: int = 160
    base_width: int = 8
    batch_size: int = 4
    steps_before: int = 400
    steps: int = 300
    learning_rate: float = 2e-3
    longest: int = 384


TINY = Settings(
    minutes=2.0, sets=("ribs",), side=32, base_width=2, batch_size=2, steps_before=2, steps=2, longest=64
)
"""The same way through in seconds."""


@dataclass(frozen=True)
class Round:
    """One fold of each set: what the beginnings may not see, and the folds judged after them.

    Parameters
    ----------
    without : tuple of str
        Groups held out, of all sets.
    folds : tuple of (DataSet, str, Fold)
        Set, name of its fold, and split.
    """

    without: tuple[str, ...]
    folds: tuple[tuple[DataSet, str, Fold], ...]


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets. Without it frames are those that come with the program, no other masks are
        learnt, and only ribs are judged.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where beginnings and finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.selfsupervised_page import write_page

    budget = Budget(settings.minutes)
    sets = data_sets(settings, data)
    done: list[Done] = []
    missing = 0
    for seed in range(settings.seeds):
        for part in rounds(settings, sets):
            # a beginning takes about as long as one of the trainings after it
            if not budget.allows_another() and not _is_begun(settings, part, seed, data, cache / NAME):
                missing += len(part.folds) * (2 if data is None else 3)
                continue
            cells = _cells(settings, part, seed, data, cache / NAME)
            finished, left = run_cells(NAME, cells, TrialCache(cache / NAME), budget)
            done += finished
            missing += left
    return write_page(settings, sets, done, missing, out)


def data_sets(settings: Settings, data: Path | None) -> list[DataSet]:
    """Return the sets that are judged."""
    from lusgui.base.paths import resources_dir
    from training.dataset import load_ribs

    found = []
    if "ribs" in settings.sets:
        samples = load_ribs(resources_dir() / "datasets" / "ribs")
        what = "Lung frames (Born et al. 2021, doi:10.3390/app11020672), ribs drawn by the project."
        found.append(DataSet("ribs", "rib", tuple(samples), what))
    if "cerebellum" in settings.sets and data is not None:
        found.append(cerebella(data, settings.longest))
    return found


def rounds(settings: Settings, sets: Sequence[DataSet]) -> list[Round]:
    """Return the folds of all sets, the first of each together, so that they share their beginnings."""
    from training.data.splits import Fold
    from training.dataset import group_folds

    dealt = {}
    for part in sets:
        present = {sample.group for sample in part.samples}
        folds = (
            [[group for group in fold if group in present] for fold in RIB_FOLDS]
            if part.name == "ribs"
            else group_folds(part.samples, settings.cerebellum_folds, 0)
        )
        dealt[part.name] = [fold for fold in folds if fold]
    made = []
    for k in range(max(map(len, dealt.values()), default=0)):
        without: list[str] = []
        splits = []
        for part in sets:
            if k >= len(dealt[part.name]):
                continue
            out = dealt[part.name][k]
            without += out
            test = tuple(i for i, sample in enumerate(part.samples) if sample.group in out)
            train = tuple(i for i in range(len(part.samples)) if i not in test)
            splits.append((part, str(k), Fold(train, (), test)))
        made.append(Round(tuple(without), tuple(splits)))
    return made


def _is_begun(settings: Settings, part: Round, seed: int, data: Path | None, folder: Path) -> bool:
    """Whether all beginnings of a round are kept, so that its finished trainings can be shown at no cost."""
    paths = [body_path(folder, _lesson(settings, seed, settings.steps_before, part.without))]
    if data is not None:
        paths.append(_mask_path(settings, part.without, seed, folder))
    return all(path.is_file() for path in paths)


def _cells(settings: Settings, part: Round, seed: int, data: Path | None, folder: Path) -> list[Cell]:
    lesson = _lesson(settings, seed, settings.steps_before, part.without)
    bodies: dict[str, dict[str, Tensor]] = {SCRATCH: {}, REBUILT: kept_body(data, lesson, folder)}
    if data is not None:
        bodies[MASKS] = mask_body(settings, data, part.without, seed, folder)
    return [
        Cell(one, name, fold, seed, _trial(settings, one.label, name, body, seed), split)
        for one, fold, split in part.folds
        for name, body in bodies.items()
    ]


def _lesson(settings: Settings, seed: int, steps: int, without: tuple[str, ...] = ()) -> Lesson:
    return Lesson(
        without,
        seed,
        steps,
        settings.base_width,
        settings.side,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        device="cpu",
    )


def _trial(settings: Settings, label: str, name: str, body: dict[str, Tensor], seed: int) -> Trial:
    from training.bases import Base, digest_of
    from training.trials import Trial

    arguments = {"base_width": settings.base_width, "norm": "group"}
    base = None
    if body:
        base = Base(name, body, ARCHITECTURE, arguments)
        base = replace(base, name=f"{name} {digest_of(base)[:12]}")
    return Trial(
        ARCHITECTURE,
        label,
        (settings.side, settings.side),
        arguments=arguments,
        base=base,
        loss="dice-ce",
        augment="strong",
        head="new",
        fit=_lesson(settings, seed, settings.steps).fit_settings(),
        name=name.replace(" ", "-"),
    )


def mask_body(
    settings: Settings, data: Path, without: Sequence[str], seed: int, folder: Path
) -> dict[str, Tensor]:
    """Return the weights of a network without its head that learnt heads, vessels and nerves at once.

    Parameters
    ----------
    settings : Settings
        As many steps as the lesson without masks.
    data : Path
        Folder of ``hc18`` and ``usgra``.
    without : sequence of str
        Groups held out; with ``g_usgra`` among them the limbs are left out, which leaves heads alone.
    seed : int
        Of weights and batches.
    folder : Path
        Where the weights are kept.
    """
    lesson = _lesson(settings, seed, settings.steps_before)
    path = _mask_path(settings, without, seed, folder)
    return _kept(path, lambda: _learn_masks(settings, data, lesson, has_limbs=LIMBS_GROUP not in without))


def _mask_path(settings: Settings, without: Sequence[str], seed: int, folder: Path) -> Path:
    from training.engine.run_folder import digest

    lesson = _lesson(settings, seed, settings.steps_before)
    stem = "heads" if LIMBS_GROUP in without else "heads-and-limbs"
    key = digest([MASK_SCHEME, settings.longest, lesson.config()])
    return folder / f"masks-{stem}-{key[:16]}.safetensors"


def _kept(path: Path, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    from safetensors.torch import load_file, save

    from lusgui.base.atomic import atomic_path

    if path.is_file():
        return load_file(path)
    body = make()
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(save(body, metadata={"format": "pt"}))
    return body


def _learn_masks(settings: Settings, data: Path, lesson: Lesson, *, has_limbs: bool) -> dict[str, Tensor]:
    from lusgui.nn.registry import build
    from training.augment import augment_settings
    from training.data.open import read_dataset
    from training.engine.fit import fit
    from training.engine.segmentation import SegmentationTask, make_stack

    samples: list[Sample] = []
    for name in ("hc18", "usgra")[: 2 if has_limbs else 1]:
        samples += [shrink(sample, settings.longest) for sample in read_dataset(data / name).samples]
    labels = [label for label in MASK_LABELS if any(label in sample.masks for sample in samples)]
    stack = make_stack(samples, labels, (settings.side, settings.side))
    task = SegmentationTask(stack, None, "dice-ce", augment_settings("strong"), "random")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lesson.seed)
        network = build(
            ARCHITECTURE, out_channels=len(labels), base_width=lesson.base_width, norm=lesson.norm
        )
    log.info("learning %s from %d frames", ", ".join(labels), len(samples))
    return body_of(fit(network, task, lesson.fit_settings()).network)


def facts(sets: Sequence[DataSet]) -> dict[str, object]:
    """Return what the page states of lesson and split."""
    groups = {part.name: len({sample.group for sample in part.samples}) for part in sets}
    return {"lesson": f"scheme {SCHEME}", "groups": ", ".join(f"{name} {n}" for name, n in groups.items())}
