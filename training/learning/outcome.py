"""What a run leaves behind: the judged candidate, the gate's word, what changed, what to draw next."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.atomic import atomic_path
from lusgui.core.learning.changes import FrameChange, make_thumbnail, write_changes
from lusgui.core.learning.gate import GateDecision, decide
from lusgui.core.learning.messages import Epoch
from lusgui.core.learning.plain import clean
from lusgui.core.learning.result import RunResult
from lusgui.core.learning.scores import FrameScore, mean_dice
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import CANDIDATE, CHANGES, file_sha256
from lusgui.nn.checkpoint import LoadedModel, load_model, rewrite_card, save_model
from lusgui.nn.predictor import LEAST_BFLOAT16_DICE, Predictor, measure_bfloat16_dice, measure_mixed_dice
from training.learning.job_frames import read_grays
from training.learning.judging import judge_samples, predict_masks
from training.learning.rivals import CARD_ENTRY, fair_rows, past_of, to_scores, what_was_learnt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from lusgui.core.learning.job import LearnFrame, LearnJob
    from lusgui.core.learning.result import Suggestion
    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample
    from training.learning.hold_out import Split
    from training.learning.job_frames import JobFrames
    from training.learning.judging import Judged
    from training.learning.rivals import Rivals
    from training.learning.tuner import Tuner
    from training.learning.wire import Wire

    Place = tuple[int, int]
    Scores = dict[str, tuple[FrameScore, ...]]

MOST_CHANGES = 60
"""Frames whose masks before and after are kept, those held out first."""

CHANGES_S = {"cpu": 8.0}
SUGGEST_S = 8.0
"""Time for comparing, and for rating frames."""

_PRECISION_FRAMES = 3


@dataclass(frozen=True)
class Learnt:
    """What came of learning, before it is judged.

    Parameters
    ----------
    model : LoadedModel
        Calibrated.
    rows : tuple of Judged or None
        Scores by networks that left the frame out; None where frames were held out, which the model itself
        is judged on.
    history : tuple of dict
        Rows of judgements on the way.
    step : int
        Steps of the model.
    seconds, images_per_s : float
        Of learning.
    """

    model: LoadedModel
    rows: tuple[Judged, ...] | None
    history: tuple[dict[str, float], ...]
    step: int
    seconds: float
    images_per_s: float


class Outcome:
    """Judges and writes.

    Parameters
    ----------
    job, folder, wire
        Of the run.
    frames : JobFrames
        Everything reviewed.
    rivals : Rivals
        What the candidate is compared with.
    notes : list of str
        Said on the way.
    """

    def __init__(
        self, job: LearnJob, folder: Path, wire: Wire, frames: JobFrames, rivals: Rivals, notes: list[str]
    ) -> None:
        self._job, self._folder, self._wire = job, folder, wire
        self._frames, self._rivals, self._notes = frames, rivals, notes
        self._places = dict(zip((one.name for one in frames.samples), frames.places, strict=True))
        self._learn_frames = {one.key: one for one in job.frames}
        self._base: Scores = {}
        self._active: Scores = {}

    def judge_rivals(self, held: Sequence[Sample], device: str) -> None:
        """Judge the base and the models in use, and say how good they are."""
        job, base = self._job, self._rivals.base
        for label in job.labels:
            self._wire.progress("judging")
            if label in base.card.labels:
                self._base |= self._scores(base, held, label, device)
            active = self._rivals.active(label)
            if active is None:
                continue
            rows = self._base if active is base else self._scores(active, held, label, device)
            past = past_of(active.card, job.frames)
            fair, lost = fair_rows(rows.get(label, ()), past)
            if lost:
                self._notes.append(
                    f"The model in use had learnt {lost} of the frames that are judged on; they are left out."
                )
            self._active[label] = tuple(fair)
        for who, scores in (("base", self._base), ("active", self._active)):
            found = [mean for rows in scores.values() if (mean := mean_dice(rows)) is not None]
            if found:
                self._wire.send(Epoch(0, 0, dice=clean(float(np.mean(found))), who=who))  # type: ignore[arg-type]

    def _scores(self, model: LoadedModel, held: Sequence[Sample], label: str, device: str) -> Scores:
        rows = judge_samples(model, held, [label], device, stop=lambda: self._wire.must_hurry)
        return to_scores(rows, self._places)

    def conclude(
        self, learnt: Learnt, split: Split, learned: Sequence[int], tuner: Tuner, *, stopped: bool
    ) -> RunResult:
        """Write the candidate, judge it, and return the result; ``result.json`` is the caller's to write."""
        job, wire = self._job, self._wire
        wire.progress("judging")
        device = tuner.device.type
        held = [self._frames.samples[i] for i in split.held]
        path = self._folder / CANDIDATE
        frames = [self._learn_frames[self._frames.places[i]] for i in learned]
        left_out = to_scores(learnt.rows, self._places) if learnt.rows is not None else {}
        card = self._card(learnt, split, frames, left_out)
        save_model(path, learnt.model.network, card, overwrite=True)
        candidate = load_model(path)  # what is judged is what is written
        scores = left_out
        if learnt.rows is None:
            scores = {}
            for label in job.labels:
                scores |= self._scores(candidate, held, label, device)
        gate = {label: self._gate(label, scores, split) for label in job.labels}
        card = replace(candidate.card, scores={**candidate.card.scores, **_said(scores, split)})
        card = self._with_precision(LoadedModel(candidate.network, card), [*held, *tuner.samples])
        rewrite_card(path, card)
        candidate = LoadedModel(candidate.network, card)
        self._write_changes(candidate, split, device, hurry=stopped)
        suggestions = () if stopped else self._suggest(candidate, device)
        wire.progress("writing")
        return RunResult(
            job.run_id,
            job.labels,
            FinishReason.STOPPED_AND_KEPT if stopped else FinishReason.COMPLETED,
            CANDIDATE,
            card.key,
            file_sha256(path),
            scores,
            {label: rows for label, rows in self._active.items() if rows},
            self._base,
            tuple(self._frames.places[i] for i in split.held),
            split.how,
            gate,
            tuple((int(row["step"]), clean(row["loss"]), clean(row.get("dice"))) for row in learnt.history),
            round(wire.seconds, 2),
            round(learnt.images_per_s, 2),
            round(wire.peak_memory_mb, 1) or None,
            device,
            tuner.choice.strategy,
            suggestions,
            tuple(self._notes),
            split.kind,
            len(learned),
            len({self._frames.places[i][0] for i in learned}),
            CHANGES if (self._folder / CHANGES).is_file() else None,
        )

    def suggestions_only(self, device: str) -> RunResult:
        """Return the result of a run that learns nothing and only rates frames."""
        job = self._job
        found = self._suggest(None, device)
        return RunResult(
            job.run_id,
            job.labels,
            FinishReason.COMPLETED,
            seconds=round(self._wire.seconds, 2),
            peak_memory_mb=round(self._wire.peak_memory_mb, 1) or None,
            device=device,
            suggestions=found,
            notes=tuple(self._notes),
        )

    def _gate(self, label: str, scores: Mapping[str, tuple[FrameScore, ...]], split: Split) -> GateDecision:
        has_rival = self._rivals.active(label) is not None
        decision = decide(scores.get(label, ()), self._active.get(label, ()) if has_rival else None)
        if split.kind == "none" and decision.promotes:  # nothing was held out, so nothing can be said
            return replace(decision, promotes=False, reason=split.how)
        return decision

    def _card(
        self,
        learnt: Learnt,
        split: Split,
        frames: Sequence[LearnFrame],
        left_out: Mapping[str, tuple[FrameScore, ...]],
    ) -> ModelCard:
        job, base = self._job, self._rivals.base.card
        count, recordings = len(frames), len({one.recording_id for one in frames})
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(job.labels))[:48]
        said = base.notes if base.notes.startswith("Research use only") else ""
        return replace(
            learnt.model.card,
            name=f"{name}-study",
            version=f"run-{job.run_id:04d}",
            data=f"{count} reviewed frame{'' if count == 1 else 's'} of {recordings} recording"
            f"{'' if recordings == 1 else 's'} of a study, on top of {base.key}, which learnt from:"
            f" {base.data}",
            split=split.how,
            seed=job.seed,
            parent=job.parent_key or base.key,
            scores={CARD_ENTRY: what_was_learnt(frames, left_out)},
            notes="Learnt in the background from what one person reviewed. "
            + (said or "Research use only, not a medical device."),
        )

    def _with_precision(self, model: LoadedModel, samples: Sequence[Sample]) -> ModelCard:
        """Return the card with the agreement of shorter precisions measured, where the base uses one."""
        base, card = self._rivals.base.card, model.card
        grays = [sample.gray(card.despeckle_settings) for sample in samples[:_PRECISION_FRAMES]]
        if base.bfloat16_dice >= LEAST_BFLOAT16_DICE:
            card = replace(card, bfloat16_dice=round(measure_bfloat16_dice(model, grays), 4))
        if base.mixed_dice >= LEAST_BFLOAT16_DICE:
            card = replace(card, mixed_dice=round(measure_mixed_dice(model, grays), 4))
        return card

    def _write_changes(self, candidate: LoadedModel, split: Split, device: str, *, hurry: bool) -> None:
        order = [*split.held, *(i for i in range(len(self._frames.samples)) if i not in set(split.held))]
        end = time.monotonic() + (2.0 if hurry else CHANGES_S.get(device, 4.0))
        changes = list(self._changes(candidate, order[:MOST_CHANGES], split, device, end))
        if changes:
            with atomic_path(self._folder / CHANGES, overwrite=True) as temporary:
                write_changes(temporary, changes)

    def _changes(
        self, candidate: LoadedModel, order: Sequence[int], split: Split, device: str, end: float
    ) -> Iterable[FrameChange]:
        after = Predictor(candidate, device)
        before: dict[int, Predictor] = {}
        for i in order:
            sample, (recording_id, frame) = self._frames.samples[i], self._frames.places[i]
            wanted = [label for label in self._job.labels if label in sample.masks]
            if time.monotonic() > end or self._wire.must_hurry:
                return
            found = predict_masks(candidate, sample, wanted, after)
            for label in wanted:
                active = self._rivals.active(label)
                old = np.zeros(sample.frame.shape, bool)
                if active is not None:
                    rival = before.setdefault(id(active), Predictor(active, device))
                    planes = predict_masks(active, sample, [label], rival)
                    old = planes[label] >= active.card.threshold
                yield FrameChange(
                    recording_id,
                    frame,
                    label,
                    make_thumbnail(sample.gray()),
                    old,
                    found[label] >= candidate.card.threshold,
                    sample.masks[label],
                    i in set(split.held) and split.kind != "leave-one-out",
                )

    def _suggest(self, candidate: LoadedModel | None, device: str) -> tuple[Suggestion, ...]:
        job, wire = self._job, self._wire
        if not job.suggest_from or job.n_suggest <= 0 or wire.is_told_to_end:
            return ()
        from training.learning.suggest import suggest

        wire.progress("suggesting")
        found: list[Suggestion] = []
        for label in job.labels:
            active = self._rivals.active(label)
            card = (candidate or active or self._rivals.base).card
            decibels = card.dynamic_range_db
            labelled = (
                (place[0], place[1], replace(s, mapping=card.mapping_for(s.mapping)).gray())
                for s, place in zip(self._frames.samples, self._frames.places, strict=True)
                if label in s.masks
            )
            found += suggest(
                active,
                candidate,
                read_grays(job, job.suggest_from, decibels, self._notes.append),
                labelled,
                job.n_suggest,
                SUGGEST_S / len(job.labels),
                lambda: wire.is_told_to_end,
                label=label,
                device=device,
            )
        return tuple(found)


def _said(scores: Mapping[str, tuple[FrameScore, ...]], split: Split) -> dict[str, object]:
    """Return what a card says of held-out frames, for people."""
    found = {}
    for label, rows in scores.items():
        mean = mean_dice(rows)
        distances = [row.hd95 for row in rows if row.hd95 is not None]
        false = [row.false_components for row in rows if row.false_components is not None]
        if mean is not None:
            found[label] = {
                "frames": len(rows),
                "recordings": len({row.recording_id for row in rows}),
                "dice_mean": round(mean, 4),
                "hd95_mean": round(float(np.mean(distances)), 4) if distances else None,
                "hd95_unit": rows[0].hd95_unit,
                "false_components_per_frame": round(float(np.mean(false)), 4) if false else None,
            }
    return {"held_out_of_the_study": found, "held_out_how": split.kind} if found else {}
