"""Which frames a clinician would draw, and which judge what was learnt of them, for each real set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from lusgui.base.errors import LusguiError
from training.dataset import Sample, group_folds, groups_of, load_fetal_planes
from training.recipes.drawn_ribs import FOLDS, load_all_drawn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GAP = 10
"""Frames of a clip nearer than so many to the half that is judged are not learnt from."""

NEAR = 5
"""Frames nearer than so many to a drawn one are not judged, where draws are spread over the clip."""

LEAST_OF_CLIP = 10
"""A clip with fewer drawn frames is not parted into what is learnt and what is judged."""

LEAST_JUDGED = 4
"""Fewer frames between the drawn ones measure nothing."""

LEAST_PATIENTS = 2
"""Fewer patients left to judge measure nothing."""

MANY, LEAST_FOR_MANY = 20, 4
"""So many masks or more are asked for only where so many patients remain."""


@dataclass(frozen=True)
class Case:
    """One fold of one question: a base, frames to draw, frames to judge.

    Parameters
    ----------
    name : str
        Key of `TITLES`.
    label : str
        What is learnt.
    fold : str
        Who is held out of the base, or which clip.
    base : str
        Name of the base, see `learning_bases`.
    pool : tuple of Sample
        May be drawn, in the order of a recording where it is one.
    tests : tuple of Sample
        Judged.
    elsewhere : tuple of (str, tuple of Sample)
        Name and frames: what the base could do before and should still be able to.
    split : {"fixed", "time", "spread", "group"}
        Whether the pool is learnt from and the tests judge; or the halves of one clip, in turn by seed; or
        what lies between frames drawn from a whole clip; or whatever group was not drawn from.
    """

    name: str
    label: str
    fold: str
    base: str
    pool: tuple[Sample, ...]
    tests: tuple[Sample, ...]
    elsewhere: tuple[tuple[str, tuple[Sample, ...]], ...] = ()
    split: Literal["fixed", "time", "spread", "group"] = "fixed"
    _hashes: dict[int, tuple[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def hashes(self, samples: Sequence[Sample]) -> list[list[str]]:
        """Return name and hashes of pixels and mask of some of its frames; each is computed once."""
        from training.engine.run_folder import hash_array

        for one in samples:
            if id(one) not in self._hashes:
                self._hashes[id(one)] = (hash_array(one.frame), hash_array(one.masks[self.label]))
        return [[one.name, *self._hashes[id(one)]] for one in samples]


@dataclass(frozen=True)
class Deal:
    """What is learnt and what is judged in one training.

    Parameters
    ----------
    learnt, tests : tuple of Sample
        No recording half or patient is on both sides.
    """

    learnt: tuple[Sample, ...]
    tests: tuple[Sample, ...]


TITLES = {
    "ribs_spread": "ribs, other frames of the same recording",
    "ribs_same": "ribs, a stretch of the same recording where nothing was drawn",
    "ribs_other": "ribs, recordings of other people or machines",
    "cerebellum": "cerebellum, other patients (base learnt half of the patients)",
    "cerebellum_third": "cerebellum, other patients (base learnt a third of the patients)",
    "usgra_nerve": "nerve, a label the base did not have",
    "usgra_vessel": "vessel, a label the base did not have",
}


def wanted(names: Sequence[str]) -> tuple[str, ...]:
    """Return the cases that names stand for: a key of `TITLES`, or the beginning of several.

    Raises
    ------
    LusguiError
        If a name stands for none.
    """
    if not names:
        return tuple(TITLES)
    chosen: list[str] = []
    for name in names:
        found = [key for key in TITLES if key == name] or [
            key for key in TITLES if key.startswith(f"{name}_") or key == name
        ]
        if name == "cerebellum":
            found = ["cerebellum", "cerebellum_third"]
        if not found:
            raise LusguiError(
                f"nothing is measured under '{name[:40]}'", remedy=f"Known: {', '.join(TITLES)}"
            )
        chosen += found
    return tuple(dict.fromkeys(chosen))


def deal(case: Case, masks: int, seed: int) -> Deal | None:
    """Draw what is learnt; None where too little is there to learn or to judge.

    Parameters
    ----------
    case : Case
        Of which.
    masks : int
        Frames that show the label.
    seed : int
        Decides which.
    """
    random = np.random.default_rng((seed, 7))
    if case.split == "time":
        early, late = halves_in_time(case.pool, case.label)
        pool, tests = (early, late) if seed % 2 == 0 else (late, early)
        pool = _far_from(pool, tests)
    elif case.split == "group":
        return _deal_by_group(case, masks, random)
    elif case.split == "spread":
        return _deal_spread(case, masks, random)
    else:
        pool, tests = list(case.pool), list(case.tests)
    shown = [sample for sample in pool if sample.masks[case.label].any()]
    if len(shown) < masks or not tests:
        return None
    return Deal(tuple(draw_spread(shown, masks, random)), tuple(tests))


def _deal_spread(case: Case, masks: int, random: np.random.Generator) -> Deal | None:
    shown = sorted((one for one in case.pool if one.masks[case.label].any()), key=frame_of)
    if len(shown) < masks:
        return None
    learnt = draw_spread(shown, masks, random)
    places = [frame_of(sample) for sample in learnt]
    tests = [one for one in case.tests if min(abs(frame_of(one) - at) for at in places) >= NEAR]
    if sum(bool(one.masks[case.label].any()) for one in tests) < LEAST_JUDGED:
        return None
    return Deal(tuple(learnt), tuple(tests))


def _deal_by_group(case: Case, masks: int, random: np.random.Generator) -> Deal | None:
    groups = [str(group) for group in random.permutation(groups_of(case.pool))]
    shown = [sample for group in groups for sample in case.pool if sample.group == group]
    shown = [sample for sample in shown if sample.masks[case.label].any()]
    if len(shown) < masks:
        return None
    learnt = shown[:masks]
    tests = tuple(one for one in case.tests if one.group not in {sample.group for sample in learnt})
    least = LEAST_FOR_MANY if masks >= MANY else LEAST_PATIENTS
    return None if len(groups_of(tests)) < least else Deal(tuple(learnt), tests)


def draw_spread(shown: Sequence[Sample], count: int, random: np.random.Generator) -> list[Sample]:
    """Draw frames as a person steps through: evenly over recordings, and over each recording's frames.

    Parameters
    ----------
    shown : sequence of Sample
        At least `count`.
    count : int
        How many.
    random : numpy.random.Generator
        Decides the frame within each stretch.
    """
    groups = [str(group) for group in random.permutation(groups_of(shown))]
    parts = {group: [sample for sample in shown if sample.group == group] for group in groups}
    share = dict.fromkeys(groups, 0)
    for _ in range(count):
        free = [group for group in groups if share[group] < len(parts[group])]
        share[min(free, key=lambda group: share[group])] += 1
    drawn = []
    for group in groups:
        part, n = parts[group], share[group]
        ends = np.linspace(0, len(part), n + 1).round().astype(int)
        drawn += [part[int(random.integers(a, b))] for a, b in pairwise(ends)]
    return drawn


def frame_of(sample: Sample) -> int:
    """Return the frame's number in its clip, from a name such as ``clip_00035``."""
    return int(sample.name[-5:])


def halves_in_time(clip: Sequence[Sample], label: str) -> tuple[list[Sample], list[Sample]]:
    """Part a clip so that as many drawn masks lie before as after."""
    ordered = sorted(clip, key=frame_of)
    shown = [sample for sample in ordered if sample.masks[label].any()]
    middle = frame_of(shown[len(shown) // 2])
    return [one for one in ordered if frame_of(one) < middle], [
        one for one in ordered if frame_of(one) >= middle
    ]


def _far_from(pool: Sequence[Sample], tests: Sequence[Sample]) -> list[Sample]:
    judged = [frame_of(sample) for sample in tests]
    return [one for one in pool if min(abs(frame_of(one) - frame) for frame in judged) > GAP]


def ribs(data: Path) -> list[Case]:
    """Return the cases of drawn ribs: within each clip, and from the other contributors to one."""
    drawn = [_only(sample, "rib") for sample in load_all_drawn(data)]
    cases, chests = [], _chests()
    for held_out in FOLDS:
        base = "rib:" + "+".join(held_out)
        own = [one for one in drawn if one.group in held_out and one.masks["rib"].any()]
        for group in groups_of(own):
            mine = tuple(sample for sample in drawn if sample.group == group)
            others = tuple(
                replace(one, group=_clip(one))
                for one in drawn
                if one.group not in {group, "g_usgra"} and one.masks["rib"].any()
            )
            cases.append(Case("ribs_other", "rib", group, base, others, mine, chests))
            for clip in sorted({_clip(sample) for sample in mine}):
                frames = tuple(replace(one, group=clip) for one in mine if _clip(one) == clip)
                if sum(bool(one.masks["rib"].any()) for one in frames) < LEAST_OF_CLIP:
                    continue
                far = others[:: max(len(others) // 8, 1)]
                elsewhere = (("ribs of other people or machines", far), *chests)
                cases.append(Case("ribs_same", "rib", clip, base, frames, frames, elsewhere, "time"))
                cases.append(Case("ribs_spread", "rib", clip, base, frames, frames, elsewhere, "spread"))
    return sorted(cases, key=lambda case: (case.name, case.fold))


def _clip(sample: Sample) -> str:
    return sample.name[:-6]


def _only(sample: Sample, label: str) -> Sample:
    return replace(sample, masks={label: sample.masks[label]})


def _chests() -> tuple[tuple[str, tuple[Sample, ...]], ...]:
    """Return simulated chests as the base learnt them, of a series that it never saw."""
    from training.simulate.lung import simulate_samples

    made = simulate_samples(5, 777) + simulate_samples(5, 777, "wide")
    return (("simulated chests", tuple(one for one in made if one.masks["rib"].any())),)


def cerebella(data: Path, parts: int) -> list[Case]:
    """Return one case for each part of the patients that a base may learn; the others draw and judge."""
    planes = [one for one in load_fetal_planes(data / "fetal_cerebellum") if "cerebellum" in one.masks]
    cases = []
    for number, learnt in enumerate(group_folds(planes, parts, 0)):
        new = tuple(one for one in planes if one.group not in learnt)
        own = tuple(one for one in planes if one.group in learnt)
        name = "cerebellum" if parts == 2 else "cerebellum_third"
        elsewhere = (("planes the base learnt from", own),)
        cases.append(
            Case(
                name,
                "cerebellum",
                str(number),
                f"cerebellum:{'+'.join(learnt)}",
                new,
                new,
                elsewhere,
                "group",
            )
        )
    return cases


def limbs(data: Path, label: str) -> list[Case]:
    """Return limb frames with a label that no default model has; groups are near duplicates united."""
    from training.data.colour_masks import read_usgra
    from training.data.groups import assign_groups, join_alike

    folder = data / "usgra"
    samples, _ = assign_groups(read_usgra(folder), folder)
    samples = [_only(one, label) for one in join_alike(samples) if one.masks[label].any()]
    pool: list[Sample] = []
    tests: list[Sample] = []
    third = set(group_folds(samples, 3, 0)[0])
    for sample in samples:
        (tests if sample.group in third else pool).append(sample)
    return [Case(f"usgra_{label}", label, "0", "rib:shipped", tuple(pool), tuple(tests[:30]))]


def cases_of(names: Sequence[str], data: Path | None) -> list[Case]:
    """Return the cases; those whose data is not there are left out, but for ribs, which come along.

    Parameters
    ----------
    names : sequence of str
        Keys of `TITLES`.
    data : Path or None
        Folder of the data sets.
    """
    from pathlib import Path

    found: list[Case] = []
    if {"ribs_spread", "ribs_same", "ribs_other"} & set(names):
        found += ribs(data or Path("nowhere"))
    for name, parts in (("cerebellum", 2), ("cerebellum_third", 3)):
        if name in names and data is not None and (data / "fetal_cerebellum").is_dir():
            found += cerebella(data, parts)
    for label in ("nerve", "vessel"):
        if f"usgra_{label}" in names and data is not None and (data / "usgra").is_dir():
            found += limbs(data, label)
    return [case for case in found if case.name in names]
