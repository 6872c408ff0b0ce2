"""``lusgui learn``: learn from the reviewed frames of a study, as the window does, without a window."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lusgui.base.errors import LearnError
from lusgui.cli.console import complain, progress_bar, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.core.learning.status import LearnStatus
    from lusgui.core.learning.version import ModelVersion
    from lusgui.session.learn_process import LearnProcess
    from lusgui.session.problems import Problem
    from lusgui.session.session import Session

EXIT_STOPPED = 130
EXIT_FAILED = 2
TURN_SECONDS = 0.2


@dataclass(frozen=True)
class _Prepared:
    """A run that the study knows of."""

    run_id: int
    labels: tuple[str, ...]
    folder: Path
    write: Callable[[], object] | None


def _prepare(session: Session, labels: list[str], goes_on: bool, options: dict[str, Any]) -> _Prepared | None:
    """Write a run down in the study; None where it was said why not."""
    if goes_on:
        folder = session.learning.resumable()
        if folder is None:
            raise LearnError("no run of this study was interrupted", remedy="Leave --resume out")
        job = session.learning.resume(folder)
        return None if job is None else _Prepared(job.run_id, job.labels, folder, None)
    known = [label.key for label in session.labels]
    drawn = [key for key in known if session.learning.count(key).positives]
    if not labels and len(drawn) > 1:
        raise LearnError("several labels were drawn", remedy=f"Add --label, one of {', '.join(drawn)}")
    wanted = labels or drawn or known[:1]
    for label in wanted:
        if label not in known:
            raise LearnError(
                f"the study has no label '{label[:60]}'", remedy=f"Its labels: {', '.join(known) or 'none'}"
            )
    draft = session.learning.draft_job(wanted, started_by="command", **options)
    return None if draft is None else _Prepared(draft.run_id, tuple(wanted), draft.folder, draft.write)


@contextmanager
def _heeding_signals(process: LearnProcess) -> Iterator[None]:
    """Ctrl+C stops and keeps, a second one cancels; being told to end lets the run go on later."""
    presses = []

    def interrupted(_number: int, _frame: object) -> None:
        presses.append(1)
        if len(presses) == 1:
            complain("Stopping; what was learnt so far is judged and kept. Ctrl+C again throws it away.")
            process.stop_and_keep()
        else:
            process.cancel()

    def ended(_number: int, _frame: object) -> None:
        process.close()

    before = signal.signal(signal.SIGINT, interrupted), signal.signal(signal.SIGTERM, ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


def _watch(process: LearnProcess, title: str) -> LearnStatus:
    """Wait for the end and show how it goes; return the last snapshot."""
    told: set[str] = set()

    def tell(*lines: str) -> None:
        for line in lines:
            if line and line not in told:
                told.add(line)
                complain(line)

    with progress_bar(title) as progress:
        is_over = False
        while not is_over:
            is_over = process.wait(TURN_SECONDS)
            status = process.status
            if status.device:
                why = f" ({status.strategy_why.rstrip('.')})" if status.strategy_why else ""
                tell(
                    f"On {status.device}. Strategy: {status.strategy or 'automatic'}{why}.",
                    status.held_out_how,
                )
            dice = "" if status.candidate_dice is None else f"  held-out Dice {status.candidate_dice:.3f}"
            progress(status.step, status.steps or 1, f"{status.text}{dice}")
    return process.status


def _learn(session: Session, prepared: _Prepared) -> tuple[LearnStatus, list[ModelVersion]]:
    """Run the training to its end and take what it leaves into the study."""
    from lusgui.core.learning.status import FinishReason, LearnStatus
    from lusgui.session.learn_process import LearnProcess

    names = ", ".join(prepared.labels)
    process = LearnProcess(
        prepared.folder,
        LearnStatus(run_id=prepared.run_id, labels=prepared.labels),
        lambda status: None,
        prepare=prepared.write,
    )
    with _heeding_signals(process):
        process.start()
        try:
            status = _watch(process, f"Learn {names}")
        finally:
            process.close()
            process.wait()
    if process.result is not None:
        return status, session.learning.take_result(prepared.run_id, process.result)
    problem = status.problem
    text = status.text if problem is None else problem.message
    session.learning.finish_run(prepared.run_id, status.reason or FinishReason.FAILED, text)
    if problem is not None:
        raise LearnError(problem.message.rstrip("."), remedy=problem.remedy.rstrip(".") or None)
    return status, []


def _as_json(status: LearnStatus, versions: list[ModelVersion]) -> str:
    found = {
        one.label: {
            "version": one.id,
            "name": one.name,
            "promoted": one.is_active,
            "reason": one.reason,
            "path": one.path,
            "key": one.key,
            "parent_key": one.parent_key,
            "data": dict(one.data),
            "gate": one.scores.get("gate"),
        }
        for one in versions
    }
    values = {
        "run": status.run_id,
        "reason": str(status.reason or ""),
        "device": status.device,
        "strategy": status.strategy,
        "held_out": status.held_out_how,
        "seconds": status.seconds,
        "labels": found,
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def _tell(status: LearnStatus, versions: list[ModelVersion], study: Path) -> None:
    for one in versions:
        say(f"{one.label}: {one.reason}")
        state = "In use now" if one.is_active else "Kept as a candidate, not in use"
        say(f"  {state}: {one.name}, {study.stem}.models/{one.path}")
    if not versions and status.reason is not None and status.reason.has_result:
        say("The run brought no new model.")


def run(study: Path, labels: list[str], *, goes_on: bool, as_json: bool, options: dict[str, Any]) -> int:
    """Learn, take the result in, and say what came of it; return the exit status."""
    from lusgui.core.learning.status import FinishReason
    from lusgui.session.session import Session

    session = Session()
    problems: list[Problem] = []
    session.problem_reported.connect(problems.append)

    def say_problems() -> int:
        for problem in problems:
            complain(" ".join(filter(None, (f"{problem.title}: {problem.message}", problem.remedy))))
        return len(problems)

    if not study.is_file():
        raise LearnError("there is no such study", path=study, remedy="Check the name")
    try:
        if not session.open_study(study):
            say_problems()
            return EXIT_FAILED
        if session.is_read_only:
            raise LearnError(
                f"the study is open for reading only: {session.read_only_reason}",
                path=study,
                remedy="Close it in the window, or learn there",
            )
        prepared = _prepare(session, labels, goes_on, options)
        if prepared is None:
            say_problems()
            return EXIT_FAILED
        status, versions = _learn(session, prepared)
        say_problems()
        if as_json:
            typer.echo(_as_json(status, versions))
        else:
            _tell(status, versions, study)
        if status.reason is FinishReason.INTERRUPTED:
            complain("Interrupted; 'lusgui learn --resume' goes on.")
        return 0 if status.reason is not None and status.reason.has_result else EXIT_STOPPED
    finally:
        session.discard_and_close()


def register(app: typer.Typer) -> None:
    """Add ``learn`` to the command line."""

    @app.command()
    def learn(
        study: Path = typer.Argument(..., help="Study file (.lusgui).", metavar="STUDY"),
        labels: list[str] = typer.Option(
            [],
            "--label",
            help="What to learn; several give one network. Else the one that was drawn.",
        ),
        minutes: float | None = typer.Option(
            None,
            "--minutes",
            min=0.01,
            max=1440,
            help="Time for learning; else as the masks ask.",
        ),
        strategy: str | None = typer.Option(
            None, "--strategy", help="What of the network learns: auto, or a name that the guide lists."
        ),
        device: str | None = typer.Option(None, "--device", help="auto, cuda, mps or cpu."),
        start_from: str | None = typer.Option(
            None, "--start-from", help="A name from 'lusgui models', or a file; else the default model."
        ),
        seed: int = typer.Option(0, "--seed", help="Seed of everything random."),
        resume: bool = typer.Option(False, "--resume", help="Go on with the run that was interrupted."),
        as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON."),
    ) -> None:
        """Learn from the reviewed frames of a study; the new model is used where it is not worse.

        Ctrl+C stops early and keeps what was learnt so far; a second one throws it away. Research use only.
        """
        options: dict[str, Any] = {"seed": seed}
        given = {"minutes": minutes, "strategy": strategy, "device": device, "base": start_from}
        options |= {name: value for name, value in given.items() if value is not None}
        status = run(study, labels, goes_on=resume, as_json=as_json, options=options)
        if status:
            raise typer.Exit(status)
