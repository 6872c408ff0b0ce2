"""A run from its job to its result: read, hold out, learn, judge, write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lusgui.base.errors import CancelledError, LearnError
from lusgui.core.learning.messages import Epoch, Finished, Started
from lusgui.core.learning.plain import clean
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import RESULT, STATE, write_result
from lusgui.nn.devices import choose_device, describe_device, leave_a_core
from training.learning.hold_out import Split, choose_held_out
from training.learning.job_frames import read_frames
from training.learning.leave_one_out import leave_one_out
from training.learning.outcome import Learnt, Outcome
from training.learning.replay import replay_for
from training.learning.rivals import Rivals
from training.learning.settings import LearnSettings
from training.learning.starting import starting_model
from training.learning.tuner import Tuner

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.learning.job import LearnJob
    from lusgui.core.learning.result import RunResult
    from training.dataset import Sample
    from training.learning.wire import Wire

MINUTES = {"cpu": 0.7, "cuda": 0.1, "mps": 0.3}
"""Time for learning where the person named none: a result is to be there within a minute, ten seconds on a
graphics card."""

STEPS_A_FRAME = 36
LEAST_MOST_STEPS = 120
"""More steps than these are not taken where nobody named a time; one that somebody named is used up. With ten
masks of a recording 360 steps gave Dice 0.81 on its other frames where 120 gave 0.78 (four clips of drawn
ribs, one seed), and hardly less on recordings of other people (0.57 against 0.60)."""


@dataclass
class Run:
    """A run under way.

    Parameters
    ----------
    job : LearnJob
        What is to be done.
    folder : Path
        Its folder.
    wire : Wire
        To whom it is said, and who says when to stop.
    """

    job: LearnJob
    folder: Path
    wire: Wire
    notes: list[str] = field(default_factory=list)

    def go(self) -> Finished:
        """Do it.

        Raises
        ------
        CancelledError
            If told to throw it away, or if nobody listens any more.
        LusguiError
            If it cannot be done.
        """
        job, wire = self.job, self.wire
        wire.progress("reading")
        if job.threads:
            import torch

            torch.set_num_threads(job.threads)
        else:
            leave_a_core()
        device = choose_device(job.device)
        base = starting_model(job)
        rivals = Rivals(job, base, self.note)
        frames = read_frames(job, self.folder, self.note, lambda: wire.is_told_to_end)
        self._check()
        outcome = Outcome(job, self.folder, wire, frames, rivals, self.notes)
        if job.kind == "suggest":
            return self._finish(outcome.suggestions_only(device.type), FinishReason.COMPLETED)
        settings = LearnSettings(
            strategy=job.strategy,
            minutes=job.minutes or MINUTES[device.type],
            replay=job.replay,
            seed=job.seed,
            device=device.type,
        )
        if job.kind != "masks":
            from training.learning.cheap.run import marks_result

            found = marks_result(job, self.folder, wire, base, settings, frames.samples, self.notes)
            return self._finish(found, found.reason)
        positive = [
            any(label in sample.masks and sample.masks[label].any() for label in job.labels)
            for sample in frames.samples
        ]
        if not any(positive):
            raise LearnError(
                "no reviewed frame shows what is to be learnt",
                remedy="Draw or accept a mask of it in a frame or two, then start again",
            )
        if job.use_unreviewed:
            self.note(
                "Frames that nobody reviewed are not learnt from: this way of learning is not there yet."
            )
        split = choose_held_out(frames.places, positive, frozen=job.held_out)
        if job.marks:
            from training.learning.cheap.run import marks_first

            base = marks_first(job, base, settings, wire)
        learned = split.learned(len(frames.samples))
        if job.minutes is None:
            most = max(LEAST_MOST_STEPS, STEPS_A_FRAME * len(learned))
            settings = replace(settings, most_steps=most)
        tuner = Tuner(
            base,
            [frames.samples[i] for i in learned],
            settings,
            labels=job.labels,
            replay=replay_for(rivals.base.card),
        )
        self._check()
        held = [frames.samples[i] for i in split.held]
        wire.send(
            Started(
                device.type,
                describe_device(device),
                _threads(),
                len(learned),
                len(held),
                split.how,
                tuner.choice.strategy,
                tuner.choice.why,
                base.card.key,
                tuner.parameters()[0],
                held_out_kind=split.kind,
            )
        )
        wire.log(split.how)
        wire.log(f"Strategy {tuner.choice.strategy}: {tuner.choice.why}.")
        outcome.judge_rivals(held, device.type)
        learnt = self._learn(tuner, split, held)
        self._check()
        if learnt is None:
            wire.notice("Stopped before anything was learnt.")
            return Finished(FinishReason.STOPPED_AND_KEPT)
        stopped = wire.is_told_to_end
        result = outcome.conclude(learnt, split, learned, tuner, stopped=stopped)
        return self._finish(result, FinishReason.STOPPED_AND_KEPT if stopped else FinishReason.COMPLETED)

    def note(self, text: str) -> None:
        """Say something that also stands in the result."""
        self.notes.append(text)
        self.wire.notice(text)

    def _check(self) -> None:
        if self.wire.must_hurry:
            raise CancelledError("the run was told to end")

    def _learn(self, tuner: Tuner, split: Split, held: list[Sample]) -> Learnt | None:
        wire = self.wire
        epochs = 0

        def told(row: dict[str, float]) -> None:
            nonlocal epochs
            wire.send(
                Epoch(
                    epochs,
                    int(row["step"]),
                    clean(row["loss"]),
                    clean(row.get("dice")),
                    clean(row.get("hd95")),
                    clean(row.get("false_components")),
                )
            )
            epochs += 1

        began = wire.seconds
        first: int | None = None  # a run that goes on begins in the middle

        def stepped(step: int, steps: int, loss: float) -> None:
            nonlocal first
            first = step - 1 if first is None else first
            gone, done = wire.seconds - began, step - first
            left = gone / done * (steps - step) if steps else None
            wire.progress(
                "learning",
                step,
                steps,
                loss=clean(loss),
                eta_s=None if left is None else round(left, 1),
                images_per_s=round(done * tuner.settings.batch / gone, 2) if gone > 0 else None,
            )

        if split.kind == "leave-one-out":
            found = leave_one_out(
                tuner,
                split.held,
                minutes=tuner.settings.minutes,
                on_round=told,
                on_step=stepped,
                stop=lambda: wire.is_told_to_end,
            )
            if found.step == 0:
                return None
            return Learnt(
                found.model,
                found.rows,
                found.history,
                found.step,
                found.seconds,
                found.images_per_s,
            )
        keep = self.folder / STATE / "course.pt"
        keep.parent.mkdir(parents=True, exist_ok=True)
        tuned = tuner.fit(
            held=held,
            on_epoch=told,
            on_step=stepped,
            stop=lambda: wire.is_told_to_end,
            keep=keep,
        )
        if tuned.step == 0:
            return None
        return Learnt(tuned.model, None, tuned.history, tuned.step, tuned.seconds, tuned.images_per_s)

    def _finish(self, result: RunResult, reason: FinishReason) -> Finished:
        self._check()
        write_result(self.folder, result)
        return Finished(reason, RESULT)


def _threads() -> int:
    import torch

    return torch.get_num_threads()
