"""Learning from what was reviewed: what there is, when a run starts, and what comes of it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LearnError
from lusgui.core.learning.held_out import HeldOut, choose, extend, is_balanced
from lusgui.core.learning.job import IGNORE, LearnJob
from lusgui.core.learning.policy import Reviewed
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import run_folder
from lusgui.io.models import ModelEntry, find_model, list_models, read_card
from lusgui.session.learn_draft import JobDraft, choose_to_rate, describe_recording
from lusgui.session.learn_notes import LearnNotes
from lusgui.session.learn_results import HELD_OUT
from lusgui.session.problems import Problem
from lusgui.session.recording_rows import FileState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lusgui.core.learning.job import LearnRecording, Mark
    from lusgui.io.study import Study
    from lusgui.io.study_runs import ReviewedPlane


class Learning(LearnNotes):
    """Learning in the open study; without one every answer is empty.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def forget(self) -> None:
        """Let go of what belongs to the study that is being closed."""
        self._folders.clear()
        self._ended_at = float("-inf")

    # what there is

    def count(self, label: str) -> Reviewed:
        """Return what there is to learn a label from."""
        study = self._session.study
        if study is None:
            return Reviewed()
        with self._session.guarded("What was reviewed cannot be counted"):
            frames = study.runs.reviewed_frames(label)
            found = [is_positive for own in frames.values() for is_positive in own.values()]
            marks = study.marks.count()
            last = next((run for run in study.runs.all() if _counts(run.kind, run.labels, label)), None)
            seq = 0 if last is None else int(last.detail.get("seq", 0))
            held = self._stored_held_out(study).get(label)
            keys = [(recording_id, frame) for recording_id, own in frames.items() for frame in own]
            return Reviewed(
                frames=len(found),
                recordings=len(frames),
                positives=sum(found),
                negatives=len(found) - sum(found),
                points=marks.get((label, "point"), 0),
                boxes=marks.get((label, "box"), 0),
                since_last_run=len(found) if last is None else study.runs.count_changed(label, seq),
                held_out=0 if held is None else len(held.among(keys)),
            )
        return Reviewed()

    def held_out(self, label: str) -> HeldOut | None:
        """Return the frames that are kept to judge a label on; None before they were chosen."""
        study = self._session.study
        if study is not None:
            with self._session.guarded("The frames held out cannot be read"):
                return self._stored_held_out(study).get(label)
        return None

    # a run begins

    def make_job(self, labels: Sequence[str], **options: Any) -> LearnJob | None:  # noqa: ANN401
        """Write down a run with all that it needs; None after saying why not. Options as in `draft_job`."""
        draft = self.draft_job(labels, **options)
        if draft is None:
            return None
        with self._session.guarded("Learning did not start"):
            try:
                return draft.write()
            except BaseException:
                self.finish_run(draft.run_id, FinishReason.FAILED, "Its files could not be written.")
                raise
        return None

    def draft_job(
        self,
        labels: Sequence[str],
        *,
        base: ModelEntry | Path | str | None = None,
        suggest: bool = True,
        **options: Any,  # noqa: ANN401
    ) -> JobDraft | None:
        """Take down what a run is to learn, at this moment; None after saying why there is nothing to learn.

        Parameters
        ----------
        labels : sequence of str
            What is learnt.
        base : ModelEntry, Path or str, optional
            Model to start from; None is the default model of the first label that has one.
        suggest : bool
            Whether unreviewed frames are to be rated at the end.
        **options
            Fields of `LearnJob`: kind, strategy, minutes, seed, device, replay, use_unreviewed, n_suggest,
            started_by, threads.
        """
        with self._session.guarded("Learning did not start"):
            study = self._writable()
            study.check_writable()
            if not self._session.retry_saving():
                raise LearnError(
                    "edits could not be saved yet, and a run would not see them",
                    path=study.path,
                    remedy="Save a copy in another place first",
                )
            return self._draft(study, tuple(labels), base, suggest, options)
        return None

    def _draft(
        self,
        study: Study,
        labels: tuple[str, ...],
        base: ModelEntry | Path | str | None,
        suggest: bool,
        options: dict[str, Any],
    ) -> JobDraft:
        recordings = self._readable()
        seq = study.runs.last_seq()
        planes = [one for one in study.runs.reviewed(labels) if one.key.recording_id in recordings]
        marks = self._marks(study, labels, recordings)
        kind = options.get("kind", "masks")
        reviewed = {(one.key.recording_id, one.key.frame) for one in planes if one.key.label != IGNORE}
        self._check_enough(kind, labels, planes, marks, bool(recordings))
        bases = {label: self._session.models.base(label) for label in labels}
        start = self._start(bases, base)
        active = {label: _path_and_key(self._answering(label, bases[label])) for label in labels}
        named = {key[0] for key in reviewed} | {mark.recording_id for mark in marks}
        rates = suggest or kind == "suggest"
        job = LearnJob(
            **{
                "kind": kind,
                "minutes": self.policy.minutes,
                "strategy": self.policy.strategy,
                "device": self.policy.device,
            }
            | options
            | {
                "run_id": 1,
                "labels": labels,
                "base_path": start[0],
                "base_key": start[1],
                "active_path": active[labels[0]][0],
                "active_key": active[labels[0]][1],
                "parent_key": start[1],
                "recordings": tuple(one for one in recordings.values() if rates or one.id in named),
                "frames": (),
                "marks": marks,
                "held_out": self._held_out_for(study, labels, planes) if kind == "masks" else None,
                "suggest_from": choose_to_rate(recordings.values(), reviewed) if rates else (),
                "active_models": active,
            }
        )
        run_id = study.runs.start(
            kind,
            {
                "labels": list(labels),
                "seq": seq,
                "active": {label: key for label, (_path, key) in active.items()},
                "frames": len(reviewed),
                "recordings": sorted({recording_id for recording_id, _frame in reviewed}),
                "started_by": job.started_by,
            },
        )
        folder = run_folder(study.path, run_id)
        self._folders[run_id] = folder
        return JobDraft(replace(job, run_id=run_id), folder, tuple(planes))

    def _readable(self) -> dict[int, LearnRecording]:
        """Return the recordings whose files are there and are what was drawn on; name the others."""
        study, found, left_out = self._writable(), {}, []
        for row in self._session.recording_rows():
            entry = study.recording(row.id)
            if entry is None:
                continue
            if row.state in (FileState.MISSING, FileState.CHANGED):
                left_out.append(row.name)
            else:
                found[row.id] = describe_recording(replace(entry, path=row.path))
        if left_out:
            self._session.report(
                Problem(
                    "Some recordings are not learnt from",
                    f"Missing or changed: {', '.join(left_out[:5])}{' and more' if left_out[5:] else ''}.",
                    "Show where they are now, or accept the changed ones.",
                )
            )
        return found

    def _marks(
        self, study: Study, labels: Sequence[str], recordings: dict[int, LearnRecording]
    ) -> tuple[Mark, ...]:
        found = (entry.mark for entry in study.marks.entries())
        return tuple(mark for mark in found if mark.label in labels and mark.recording_id in recordings)

    def _check_enough(
        self,
        kind: str,
        labels: Sequence[str],
        planes: Sequence[ReviewedPlane],
        marks: Sequence[Mark],
        has_recordings: bool,
    ) -> None:
        names = " and ".join(known.name if (known := self._session.label(key)) else key for key in labels)
        if kind == "suggest":
            if not has_recordings:
                raise LearnError("there is no recording to look at", remedy="Open one first")
        elif kind == "masks":
            own = [one for one in planes if one.key.label in labels]
            if not own:
                raise LearnError(
                    f"no frame was reviewed for {names} yet",
                    remedy="Draw the mask of a frame, or accept the model's, and start again",
                )
            if all(one.mask is None for one in own):
                raise LearnError(
                    f"every reviewed frame says that there is no {names}",
                    remedy="Draw it in at least one frame where it can be seen",
                )
        elif not any(mark.kind == kind.removesuffix("es" if kind == "boxes" else "s") for mark in marks):
            raise LearnError(f"there are no {kind} of {names} yet", remedy="Put down a few first")

    def _answering(self, label: str, base: ModelEntry | None) -> ModelEntry | None:
        version = self._session.models.active(label)
        entry = None if version is None else self._session.models.entry(version)
        return base if entry is None else entry

    def _start(
        self, bases: dict[str, ModelEntry | None], wanted: ModelEntry | Path | str | None
    ) -> tuple[str, str]:
        """Return path and key of the model a run starts from; a label that none knows borrows another's."""
        if isinstance(wanted, ModelEntry):
            return _path_and_key(wanted)
        if wanted is not None:
            path = find_model(wanted)
            return str(path), read_card(path).key
        others = (label.key for label in self._session.labels if label.key not in bases)
        found = chain(bases.values(), map(self._session.models.base, others))
        entry = next((one for one in found if one is not None), None)
        if entry is None:
            usable = [one for one in list_models() if one.card is not None and not one.problem]
            entry = usable[0] if usable else None
        return _path_and_key(entry)

    def _held_out_for(
        self, study: Study, labels: Sequence[str], planes: Sequence[ReviewedPlane]
    ) -> tuple[tuple[int, int], ...] | None:
        """Return the frozen frames that a run must be judged on; None lets the trainer choose."""
        stored = self._stored_held_out(study)
        before = dict(stored)
        reviewed: dict[str, dict[int, dict[int, bool]]] = {label: {} for label in labels}
        for plane in planes:
            if plane.key.label in reviewed:
                own = reviewed[plane.key.label].setdefault(plane.key.recording_id, {})
                own[plane.key.frame] = plane.mask is not None
        for label in labels:
            held = stored.get(label)
            if held is not None:
                stored[label] = extend(held, reviewed[label])
                if not is_balanced(stored[label], reviewed[label]):
                    del stored[label]  # the person took back what was chosen: it is chosen anew
        missing = [label for label in labels if label not in stored]
        if len(missing) < len(labels):
            # a trainer that is told what to hold out for one label cannot choose for another
            stored |= {label: held for label in missing if (held := choose(reviewed[label])) is not None}
        if stored != before:
            study.settings.set_setting(HELD_OUT, {key: one.to_json() for key, one in stored.items()})
        keys = {
            (recording, frame) for own in reviewed.values() for recording in own for frame in own[recording]
        }
        chosen = {key for label in labels if label in stored for key in stored[label].among(keys)}
        return tuple(sorted(chosen)) if chosen else None

    # when

    def wants_run(self, now: float | None = None, idle_s: float = 0.0) -> str | None:
        """Return the label for which a run is to start by itself, or None.

        Parameters
        ----------
        now : float, optional
            ``time.monotonic()``.
        idle_s : float
            Seconds since the last gesture.
        """
        study = self._session.study
        if study is None or study.is_read_only or self._status.state.is_busy:
            return None
        policy = self.policy
        if policy.mode == "manual":
            return None
        pause = (time.monotonic() if now is None else now) - self._ended_at
        present = self._session.view.label
        keys = sorted((label.key for label in self._session.labels), key=lambda key: key != present)
        for key in keys:
            if key != IGNORE and policy.wants_run(self.count(key), idle_s, pause):
                return key
        return None


def _counts(kind: str, labels: tuple[str, ...], label: str) -> bool:
    return kind != "suggest" and label in labels


def _path_and_key(entry: ModelEntry | None) -> tuple[str, str]:
    return ("", "") if entry is None or entry.card is None else (str(entry.path), entry.card.key)
