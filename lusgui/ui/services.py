"""What the window asks of the runtime; handed in, so that neither imports the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lusgui.core.model_card import ModelCard
    from lusgui.core.progress import Progress


class Services(Protocol):
    """Long work, models and the worker, seen from the window.

    Attributes
    ----------
    jobs
        Starts functions beside the window: ``start(title, function)``, ``cancel(id)``, signals
        ``status_changed``, ``finished``, ``problem``.
    """

    @property
    def jobs(self) -> Any:  # noqa: ANN401 - the runtime's job runner, which the window may not import
        """Starts functions beside the window."""

    @property
    def dialog_jobs(self) -> Any:  # noqa: ANN401 - likewise
        """Starts functions for dialogs, which show progress and failures themselves."""

    @property
    def learning(self) -> Any:  # noqa: ANN401 - the runtime's supervisor, which the window may not import
        """Runs of learning.

        ``start(labels, **options)``, ``resume(folder)``, ``stop_and_keep()``, ``cancel()``, ``unqueue()``;
        ``status`` (LearnStatus), ``is_running``, ``queue``; signals ``status_changed(LearnStatus)`` and
        ``queue_changed(tuple of labels)``.
        """

    def start_job(
        self, title: str, function: Callable[[Progress], Any], done: Callable[[Any], None] | None = None
    ) -> str:
        """Run `function` off the window's thread; `done` gets its result on the window's thread.

        Progress and failure are told through ``session.job_changed`` and ``session.problem_reported``;
        `done` is not called after a failure or a cancel.
        """

    def cancel_work(self) -> None:
        """Ask everything in the background to stop."""

    def segment(self, places: list[tuple[int, int]], title: str) -> None:
        """Let the model look at frames in the background."""

    def models_for(self, label: str) -> list[tuple[str, str]]:
        """Return (key, description) of the models that know a label, best first."""

    def choose_model(self, label: str, key: str) -> None:
        """Make a model the active one of a label."""

    def judge_model(
        self, path: Path, label: str, places: list[tuple[int, int]], done: Callable[[Any], object]
    ) -> bool:
        """Judge a model file on reviewed frames in the background; `done` gets its FrameScores."""

    def card_of(self, label: str) -> ModelCard | None:
        """Return the card of the model that answers for a label, or None without one."""

    def add_label_of(self, label: str, further: str) -> bool:
        """Add a further label that the model of a label knows, and let that model answer for it."""

    def add_model(self, path: Path) -> bool:
        """Take a model file into the person's own models and use it for its labels."""

    def use_device(self, device: str) -> None:
        """Move the inference worker to a device: ``auto``, ``cpu``, ``cuda``, ``mps``."""

    def restart_worker(self) -> None:
        """Start the inference worker again after it gave up."""

    def sample_study(self) -> Path | None:
        """Return the study of bundled samples, built when it is not there yet; None if it cannot be."""

    def add_recordings(self, paths: list[Path]) -> None:
        """Add files and folders to the study in the background, with progress."""
