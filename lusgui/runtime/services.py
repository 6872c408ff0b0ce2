"""What the window asks for and must not do itself: reading many files, jobs, models, the sample study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from lusgui.base.errors import CancelledError, LusguiError
from lusgui.base.paths import resources_dir
from lusgui.io.model_install import add_model
from lusgui.io.models import ModelEntry, model_with_key, models_for, read_segmenter
from lusgui.runtime.carry_jobs import CarryJobs
from lusgui.runtime.jobs import JobRunner
from lusgui.runtime.judge import ModelJudge
from lusgui.runtime.learning.starter import RunStarter
from lusgui.runtime.learning.supervisor import Supervisor
from lusgui.runtime.learning.swap import ModelSwap
from lusgui.runtime.segment_job import SegmentItem
from lusgui.session.opening import sample_path
from lusgui.session.problems import Problem, problem_from_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lusgui.core.model_card import ModelCard
    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording
    from lusgui.runtime.live import LiveSegmentation
    from lusgui.session.jobs import JobStatus
    from lusgui.session.recording_rows import HashJob
    from lusgui.session.session import Session

SAMPLES = {"lung_linear_v5.mat": "rib", "fetal_cerebellum.png": "cerebellum"}
"""The bundled recordings, and the label that each begins with."""
TICK_MS = 1000


@dataclass(frozen=True)
class _Opened:
    recordings: tuple[Recording, ...]
    problems: tuple[Problem, ...]


class AppServices(QObject):
    """Long work in threads and processes; answers go to the session on the window's thread.

    Parameters
    ----------
    session : Session
        Who is told.
    live : LiveSegmentation
        Loader, worker and background segmentation.
    """

    def __init__(self, session: Session, live: LiveSegmentation) -> None:
        super().__init__()
        self._session = session
        self._live = live
        self._runner = JobRunner(self)
        # Dialogs show progress and failures of their own work themselves: nobody else hears of it.
        self._dialog_runner = JobRunner(self)
        self._learning = Supervisor(session, self)
        self._starter = RunStarter(session, self._learning, self)
        self._swap = ModelSwap(session, live, self)
        self._judge = ModelJudge(session, live, self)
        self._carry = CarryJobs(session, self._runner, self)
        self._done: dict[str, Callable[[Any], None]] = {}
        self._hashing = False
        self._runner.status_changed.connect(session.job_changed.emit)
        self._runner.problem.connect(session.report)
        self._runner.finished.connect(self._on_finished)
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(session.tick)
        self._ticker.start()
        session.recordings_changed.connect(self._look_for_hash_jobs)
        session.study_changed.connect(self._look_for_hash_jobs)

    def shutdown(self) -> None:
        """Stop learning, every job and the clock."""
        self.stop_learning()
        self._judge.cancel()
        self._carry.shutdown()
        self._ticker.stop()
        self._session.recordings_changed.disconnect(self._look_for_hash_jobs)
        self._session.study_changed.disconnect(self._look_for_hash_jobs)
        self._done.clear()
        self._runner.shutdown()
        self._dialog_runner.shutdown()

    # --- jobs ----------------------------------------------------------------------------------

    @property
    def jobs(self) -> JobRunner:
        """Runs functions beside the window."""
        return self._runner

    @property
    def dialog_jobs(self) -> JobRunner:
        """Runs functions for dialogs, which tell of them themselves."""
        return self._dialog_runner

    @property
    def learning(self) -> Supervisor:
        """Runs of learning."""
        return self._learning

    def start_job(
        self, title: str, function: Callable[[Progress], Any], done: Callable[[Any], None] | None = None
    ) -> str:
        """Run `function` in a thread; `done` gets its result here, and nothing after a failure."""
        name = self._runner.start(title, function)
        if done is not None:
            self._done[name] = done
        return name

    def cancel_work(self) -> None:
        """Ask everything in the background to stop."""
        self._runner.cancel_all()
        self._judge.cancel()
        if self._live.job is not None:
            self._live.job.cancel()

    def _on_finished(self, status: JobStatus, result: Any) -> None:  # noqa: ANN401 - a job's own
        done = self._done.pop(status.id, None)
        if done is not None and result is not None:
            done(result)

    def stop_learning(self) -> None:
        """End the run of learning so that it can go on later, and begin none; idempotent."""
        self._starter.shutdown()
        self._swap.shutdown()
        self._learning.shutdown()

    # --- models --------------------------------------------------------------------------------

    def segment(self, places: list[tuple[int, int]], title: str) -> None:
        """Let the model look at frames in the background."""
        if self._live.job is not None:
            self._session.report(
                Problem(
                    "Already segmenting", "One such job runs at a time.", "Wait for it, or stop it first."
                )
            )
            return
        items = [SegmentItem(recording_id, frame) for recording_id, frame in places]
        if self._live.segment(items, title=title) is None:
            label = self._session.label(self._session.view.label)
            name = label.name if label is not None else "this label"
            self._session.report(
                Problem("Nothing to segment with", f"No model knows {name}.", "Choose another label.")
            )

    def models_for(self, label: str) -> list[tuple[str, str]]:
        """Return (key, description) of the models that know a label, those learnt in this study first."""
        found = [(one.key, f"{one.name}, learnt here") for one in self._session.models.versions(label)]
        for entry in models_for(label):
            if entry.card is not None:
                origin = "" if entry.is_bundled else ", your own"
                found.append((entry.card.key, f"{entry.card.name} {entry.card.version}{origin}"))
        return found

    def choose_model(self, label: str, key: str) -> None:
        """Make a model the active one of a label; the study remembers it."""
        models = self._session.models
        version = next((one for one in models.versions(label) if one.key == key), None)
        if version is not None:
            models.promote(version.id)
            return
        entry = model_with_key(key, label)
        if entry is None:
            return
        if self._session.is_open and not self._session.is_read_only:
            models.choose(label, key)
        else:
            self._live.use_model(label, entry)

    def judge_model(
        self, path: Path, label: str, places: list[tuple[int, int]], done: Callable[[Any], object]
    ) -> bool:
        """Judge a model file on reviewed frames in the background; `done` gets its FrameScores."""
        try:
            entry = ModelEntry(path, read_segmenter(path), is_bundled=False)
        except LusguiError as error:
            self._session.report(problem_from_error(error, "The model was not judged"))
            return False
        return self._judge.start(entry, label, places, done)

    def card_of(self, label: str) -> ModelCard | None:
        """Return the card of the model that answers for a label, or None without one."""
        return self._live.model_card(label)

    def add_label_of(self, label: str, further: str) -> bool:
        """Add a further label that the model of a label knows, and let that model answer for it."""
        return self._live.share_model(label, further)

    def add_model(self, path: Path) -> bool:
        """Take a model file into the person's own models and let it answer for its labels."""
        try:
            entry = add_model(path)
        except LusguiError as error:
            self._session.report(problem_from_error(error, "The model was not added"))
            return False
        card = entry.card
        if card is None or not self._live.use_models(entry):
            return False
        if self._session.is_open and not self._session.is_read_only:
            for label in card.labels:
                self._session.models.choose(label, card.key)
        if self._session.view.label not in card.labels:
            self._session.view.label = card.labels[0]
        self._session.labels_changed.emit()  # the list of models is read anew
        return True

    def use_device(self, device: str) -> None:
        """Move the inference worker to a device."""
        self._live.client.set_device(device)

    def restart_worker(self) -> None:
        """Start the inference worker again after it gave up."""
        self._live.client.retry()

    # --- files ---------------------------------------------------------------------------------

    def sample_study(self) -> Path | None:
        """Return the study of bundled samples, building it the first time."""
        path = sample_path()
        if path.exists():
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._session.report(Problem("The sample was not opened", f"{path.parent}: {error.strerror}."))
            return None
        if not self._session.new_study(path):
            return None
        for name, label in SAMPLES.items():
            for recording_id in self._session.add_recordings([resources_dir() / "samples" / name]):
                self._session.suggest_label(recording_id, label)
            card = self._live.model_card(label)
            for further in () if card is None else card.labels:
                self._live.share_model(label, further)
        rows = self._session.recording_rows()
        if rows:
            self._session.go_to(rows[0].id, 0)
        return path

    def add_recordings(self, paths: list[Path], recipe: Recipe | None = None) -> None:
        """Add files and folders to the study; they are opened in a thread, with progress."""
        session = self._session
        if not session.is_open:
            study = session.suggest_study_path(paths)
            is_ready = session.open_study(study) if study.exists() else session.new_study(study)
            if not is_ready:
                return
        self.start_job(
            "Open recordings", lambda progress: _open_all(paths, recipe, progress), self._take_opened
        )

    def _take_opened(self, opened: _Opened) -> None:
        ids = [self._session.add_opened(recording) for recording in opened.recordings]
        added = [each for each in ids if each is not None]
        if len(added) == 1:
            self._session.go_to(added[0], 0)
        if len(opened.problems) > 3:
            listed = "\n".join(f"{each.message} {each.remedy}" for each in opened.problems)
            count = len(opened.problems)
            self._session.report(
                Problem("Some files were not added", f"{count} files could not be read.", "", listed)
            )
            return
        for problem in opened.problems:
            self._session.report(problem)

    def _look_for_hash_jobs(self) -> None:
        jobs = self._session.pending_hash_jobs() if not self._hashing else []
        if not jobs:
            return
        self._hashing = True
        job = jobs[0]

        def take(answer: tuple[HashJob, str | None]) -> None:
            self._hashing = False
            self._session.hash_ready(*answer)
            self._look_for_hash_jobs()

        name = self._runner.start(
            f"Check {job.path.name}", lambda progress: (job, _hash(job, progress)), is_quiet=True
        )
        self._done[name] = take


def _hash(job: HashJob, progress: Progress) -> str | None:
    from lusgui.io.hashing import content_hash

    try:
        return content_hash(job.path, progress)
    except CancelledError:
        raise
    except LusguiError:
        return None


def _open_all(paths: list[Path], recipe: Recipe | None, progress: Progress) -> _Opened:
    from lusgui.io.open import find_recordings, open_recording

    recordings: list[Recording] = []
    problems: list[Problem] = []
    try:
        found = find_recordings(paths)
        for number, path in enumerate(found):
            progress(number, len(found), path.name)
            try:
                recordings.append(open_recording(path, recipe=recipe))
            except CancelledError:
                raise
            except LusguiError as error:
                problems.append(problem_from_error(error, f"{path.name} was not added"))
    except BaseException:
        for recording in recordings:
            recording.close()
        raise
    if not found:
        names = ", ".join(path.name for path in paths[:3])
        problems.append(
            Problem(
                "Nothing to open",
                f"{names}: no recordings were found there.",
                "Choose .mat, DICOM, TIFF, PNG, JPEG, AVI or MP4 files.",
            )
        )
    return _Opened(tuple(recordings), tuple(problems))
