"""What comes of runs: taken into the study in one transaction, or found again after a crash."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.learning.gate import decide
from lusgui.core.learning.held_out import HeldOut, freeze
from lusgui.core.learning.status import FinishReason
from lusgui.core.networks import SEGMENT
from lusgui.io.learn_folder import (
    JOB,
    copy_file,
    discard_run,
    file_sha256,
    make_durable,
    read_job,
    read_result,
    run_folder,
    run_name,
    tidy_run,
)
from lusgui.io.study_versions import NewVersion
from lusgui.session.problems import problem_from_error

if TYPE_CHECKING:
    from lusgui.core.learning.job import LearnJob
    from lusgui.core.learning.result import RunResult
    from lusgui.core.learning.version import ModelVersion
    from lusgui.core.model_card import ModelCard
    from lusgui.io.study import Study
    from lusgui.io.study_runs import RunEntry
    from lusgui.session.session import Session

SUGGESTIONS = "learn_suggestions"
HELD_OUT = "learn_held_out"
UNFINISHED = (FinishReason.INTERRUPTED, FinishReason.CRASHED)
"""A run that ended so can go on later."""


class LearnResults:
    """The part of learning that takes what training processes leave.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folders: dict[int, Path] = {}
        self._ended_at = float("-inf")

    @property
    def promotes_itself(self) -> bool:
        """Whether a model that is not worse takes over without being asked."""
        return True

    def folder(self, run_id: int) -> Path:
        """Return where a run lies; also one that began before the study went on in a copy.

        Raises
        ------
        LearnError
            If no study is open.
        """
        known = self._folders.get(run_id)
        return known if known is not None else run_folder(self._writable().path, run_id)

    def runs(self) -> list[RunEntry]:
        """Return the runs of the study, newest first."""
        study = self._session.study
        if study is not None:
            with self._session.guarded("The runs of the study cannot be read"):
                return study.runs.all()
        return []

    def _writable(self) -> Study:
        study = self._session.study
        if study is None:
            raise LearnError("no study is open", remedy="Open one first")
        return study

    # what a run left

    def take_result(self, run_id: int, result: RunResult | None = None) -> list[ModelVersion]:
        """Take what a run left into the study; promote what may take over.

        One transaction, after every file is on the disk: a study never names a model that is not there, and
        a run that was taken once is not taken again. Where the file or its card is not sound the run ends as
        failed and the person is told.

        Parameters
        ----------
        run_id : int
            Which run.
        result : RunResult, optional
            What it left; None reads it from the run's folder.

        Returns
        -------
        list of ModelVersion
            What of the run is in the study.
        """
        with self._session.guarded("The new model was not taken into the study"):
            study = self._writable()
            run = study.runs.get(run_id)
            if run is None:
                raise LearnError(f"the study knows of no run {run_id}")
            if not run.is_open:
                return study.versions.of_run(run_id)
            study.check_writable()
            try:
                return self._take(study, run, result)
            except LearnError as error:
                study.runs.finish(run_id, FinishReason.FAILED, text=error.message)
                raise
        return []

    def _take(self, study: Study, run: RunEntry, given: RunResult | None) -> list[ModelVersion]:
        folder = self._home(study, run.id)
        result = read_result(folder) if given is None else given
        if result is None or result.run_id != run.id:
            raise LearnError("the run left no result of its own", path=folder, remedy="Start it anew")
        if result.reason in UNFINISHED:
            study.runs.finish(run.id, result.reason)
            return []
        new = self._new_versions(study, run, result, folder)
        detail = {
            "text": " ".join(one.reason for one in new),
            "seconds": result.seconds,
            "notes": result.notes,
        }
        settings = self._settings_after(study, run, result)
        if run.kind == "boxes":
            settings |= self._session.settings_of_run(folder)
        taken = study.versions.take(run.id, new, str(result.reason), _plain(detail), settings)
        self._ended_at = time.monotonic()
        tidy_run(folder)
        for one in taken:
            if one.is_active:
                self._session.models.tell(one.label, one)
            else:
                self._session.versions_changed.emit(one.label)
        if result.suggestions:
            self._session.suggestions_changed.emit()
        if run.kind == "boxes":
            self._session.reread_detections()
        return taken

    def _home(self, study: Study, run_id: int) -> Path:
        """Return the run's folder beside the study, bringing it there if the study went on in a copy."""
        wanted, actual = run_folder(study.path, run_id), self.folder(run_id)
        if actual != wanted and actual.is_dir():
            for path in sorted(actual.iterdir()):
                if path.is_file() and not path.name.startswith("."):
                    copy_file(path, wanted / path.name)
        return wanted

    def _new_versions(self, study: Study, run: RunEntry, result: RunResult, folder: Path) -> list[NewVersion]:
        from lusgui.io.models import read_card

        if result.candidate is None or not result.reason.has_result:
            return []
        path = folder / PurePosixPath(result.candidate)
        if file_sha256(path) != result.sha256:
            raise LearnError("the new model is not what the run wrote", path=path, remedy="Start it anew")
        try:
            card = read_card(path)
        except LusguiError as error:
            raise LearnError(f"the new model cannot be used ({error.cause})", path=path) from error
        unknown = [label for label in result.labels if label not in card.labels]
        if unknown:
            raise LearnError(f"the new model knows nothing of '{unknown[0]}'", path=path)
        make_durable(path)
        return [self._new_version(study, run, result, card, label) for label in result.labels]

    def _new_version(
        self, study: Study, run: RunEntry, result: RunResult, card: ModelCard, label: str
    ) -> NewVersion:
        promotes, reason, gate = self._judge(run, result, card, label)
        known = self._session.label(label)
        rows = {
            "candidate": result.scores.get(label, ()),
            "active": result.active_scores.get(label, ()),
            "base": result.base_scores.get(label, ()),
        }
        scores: dict[str, Any] = {name: [row.to_json() for row in own] for name, own in rows.items()}
        return NewVersion(
            label=label,
            labels=card.labels,
            name=f"{label if known is None else known.name} {study.versions.count(label) + 1}",
            key=card.key,
            parent_key=card.parent,
            path=f"{run_name(run.id)}/{result.candidate}",
            sha256=result.sha256,
            data=_plain(
                {
                    "frames": result.frames or run.detail.get("frames", 0),
                    "recordings": result.recordings or len(run.detail.get("recordings", ())),
                    "held_out": len(result.held_out),
                    "held_out_how": result.held_out_how,
                    "held_out_kind": result.held_out_kind,
                    "strategy": result.strategy,
                    "device": result.device,
                    "seconds": result.seconds,
                    "images_per_s": result.images_per_s,
                    "kind": run.kind,
                    "started_by": run.detail.get("started_by", ""),
                    "active_key": _active_key(run, label),
                    "notes": result.notes,
                }
            ),
            scores=scores | {"gate": gate},
            reason=reason,
            card=card.to_json(),
            promotes=promotes,
        )

    def _judge(
        self, run: RunEntry, result: RunResult, card: ModelCard, label: str
    ) -> tuple[bool, str, dict[str, Any] | None]:
        """Return whether a candidate takes over by itself, why, and what the gate said."""
        if card.task != SEGMENT:
            return False, "It helps others to learn; it draws no masks itself.", None
        was = _active_key(run, label)
        active = result.active_scores.get(label)
        # a model that answered but was not judged must not look like one that was not there
        decision = decide(result.scores.get(label, ()), active if active is not None or not was else ())
        gate = decision.to_json()
        said = result.gate.get(label)
        if said is not None and not said.promotes:
            return False, said.reason, gate
        if not decision.promotes:
            return False, decision.reason, gate
        answering = self._session.models.answering(label)
        now = "" if answering is None or answering.card is None else answering.card.key
        if now != was:
            why = "Another model was chosen while it learnt, so it was not compared with the one in use."
            return False, f"{why} {decision.reason}", gate
        if not self.promotes_itself:
            return False, f"{decision.reason} Models are taken into use by hand in this study.", gate
        return True, decision.reason, gate

    def _settings_after(self, study: Study, run: RunEntry, result: RunResult) -> dict[str, object]:
        """Return the settings of the study that change with a result: frozen frames and suggestions."""
        settings: dict[str, object] = {}
        held = self._stored_held_out(study)
        learnt_from = [one for one in run.detail.get("recordings", ()) if isinstance(one, int)]
        for label in result.labels:
            frozen = freeze(result.held_out_kind, result.held_out_how, result.held_out, learnt_from)
            if label not in held and frozen is not None and run.kind == "masks":
                held[label] = frozen
                settings[HELD_OUT] = {key: one.to_json() for key, one in held.items()}
        if result.suggestions:
            kept = study.settings.setting(SUGGESTIONS)
            others = [
                one
                for one in (kept if isinstance(kept, list) else [])
                if isinstance(one, dict) and one.get("label") not in result.labels
            ]
            own = [one.to_json() | {"label": one.label or result.labels[0]} for one in result.suggestions]
            settings[SUGGESTIONS] = others + own
        return settings

    def _stored_held_out(self, study: Study) -> dict[str, HeldOut]:
        stored = study.settings.setting(HELD_OUT)
        held: dict[str, HeldOut] = {}
        for label, values in (stored if isinstance(stored, dict) else {}).items():
            try:
                held[label] = HeldOut.from_json(values)
            except LearnError:  # of another version: chosen anew by the next run
                continue
        return held

    def finish_run(self, run_id: int, reason: FinishReason, detail: str = "") -> None:
        """Write down that a run ended without a model; a run that was taken stays as it is.

        A run that was cancelled is thrown away with all its files. One that was interrupted, or whose
        process died, can go on later.
        """
        with self._session.guarded("The end of the run was not written down"):
            study = self._writable()
            self._ended_at = time.monotonic()
            study.check_writable()
            is_open = study.runs.finish(run_id, reason, text=detail)
            if is_open and reason is FinishReason.CANCELLED:
                discard_run(self.folder(run_id))
            elif is_open and reason not in UNFINISHED:
                tidy_run(self.folder(run_id))

    # after a crash

    def recover(self) -> None:
        """Take what runs left that nobody took, and mark the others as interrupted; done at every opening."""
        study = self._session.study
        if study is None or study.is_read_only:
            return
        self._session.models.purge()
        for run in reversed(self.runs()):
            if not run.is_open:
                continue
            try:
                result = read_result(self.folder(run.id))
                if result is not None:
                    self.take_result(run.id, result)
                elif run.finished_at is None:
                    study.runs.finish(run.id, FinishReason.INTERRUPTED)
            except LusguiError as error:
                self._session.report(problem_from_error(error, f"What run {run.id} left was not taken"))
                with self._session.guarded("The end of the run was not written down"):
                    study.runs.finish(run.id, FinishReason.FAILED, text=error.message)
        self._session.models.check()

    def resumable(self) -> Path | None:
        """Return the folder of the newest run that was interrupted and can go on; None without one."""
        study = self._session.study
        if study is None or study.is_read_only:
            return None
        done: set[str] = set()
        for run in self.runs():
            if not run.is_open:
                done |= set(run.labels)
            elif run.finished_at is not None and not done & set(run.labels):
                folder = self.folder(run.id)
                if (folder / JOB).is_file():
                    return folder
        return None

    def resume(self, folder: Path) -> LearnJob | None:
        """Let an interrupted run go on: return its job, None after saying why it cannot."""
        with self._session.guarded("The run did not go on"):
            study = self._writable()
            study.check_writable()
            job = read_job(folder)
            run = study.runs.get(job.run_id)
            if run is None or not run.is_open:
                raise LearnError("this run is done", path=folder, remedy="Start a new one")
            study.runs.reopen(job.run_id)
            self._folders[job.run_id] = folder
            return job
        return None

    def decline_resume(self, folder: Path) -> None:
        """Throw an interrupted run away: the person does not want it to go on."""
        for run in self.runs():
            if self.folder(run.id) == folder:
                self.finish_run(run.id, FinishReason.CANCELLED)


def _active_key(run: RunEntry, label: str) -> str:
    keys = run.detail.get("active", {})
    return str(keys.get(label, "")) if isinstance(keys, dict) else ""


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    from lusgui.core.learning.plain import to_plain

    plain: dict[str, Any] = to_plain(values)
    return plain
