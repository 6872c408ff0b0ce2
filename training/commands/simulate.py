"""``python -m training simulate``: simulated data sets with known truth, compared with real ones."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING

import typer

from training.simulate.clip_files import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.simulate.clip_files import Job


# the same for every kind
OUT = typer.Option(..., "--out", help="Folder of the data set; new or empty")
COUNT = typer.Option(10, "--count", min=1, help="How many clips")
SEED = typer.Option(0, "--seed", min=0, help="Clip i depends on the seed and i alone")
FRAMES = typer.Option(1, "--frames", min=1, help="Frames of each clip; more than 1 is a cine")
SIZE = typer.Option(None, "--size", help="ROWSxCOLUMNS, or one number for a square")
FORMAT = typer.Option(Format.PNG, "--format", help="Kind of files")
GEOMETRY = typer.Option(None, "--geometry", help="linear or sector")
PREVIEW = typer.Option(False, "--preview", help="Draw a sheet of the first clips too")
FORCE = typer.Option(False, "--force", help="Replace a former simulation; nothing else is")


class Style(StrEnum):
    """Ways of simulating chest walls."""

    WIDE = "wide"
    PLAIN = "plain"


STYLE = typer.Option(
    Style.WIDE,
    "--style",
    help="wide: varied and close to real frames, often without a rib or with half of one, sizes known in mm;"
    " plain: the simpler, brighter stills of the kind that the first rib models learned from, linear only,"
    " sizes in pixels alone",
)


def register(app: typer.Typer) -> None:
    """Add the command and its kinds."""
    from training.simulate.clips import KINDS

    group = typer.Typer(
        help="Simulate ultrasound with exact masks, boxes and sizes, or compare it with real frames.",
        no_args_is_help=True,
    )
    for kind in KINDS.values():
        probe = f"; {' or '.join(kind.geometries)}" if kind.moves else ""
        title = f"{kind.title}{probe}; masks of {' and '.join(kind.labels)}."
        command = lung if kind.name == "lung" else _command_for(kind.name)
        group.command(kind.name, help=title)(command)
    group.command("implant", help="Put ribs, and what resembles ribs, into real frames without ribs.")(
        implant
    )
    group.command("compare", help="Compare simulated chest walls with real frames: figure and numbers.")(
        compare_with_real
    )
    app.add_typer(group, name="simulate")


def _command_for(kind: str) -> Callable[..., None]:
    def simulate(
        out: Path = OUT,
        count: int = COUNT,
        seed: int = SEED,
        frames: int = FRAMES,
        geometry: str | None = GEOMETRY,
        size: str | None = SIZE,
        file_format: Format = FORMAT,
        preview: bool = PREVIEW,
        force: bool = FORCE,
    ) -> None:
        from training.simulate.clip_files import Job

        shape = parse_size(size)
        run(Job(kind, out, count, seed, frames, geometry, shape, file_format, preview, force))

    return simulate


def lung(
    out: Path = OUT,
    count: int = COUNT,
    seed: int = SEED,
    frames: int = FRAMES,
    geometry: str | None = GEOMETRY,
    style: Style = STYLE,
    size: str | None = SIZE,
    file_format: Format = FORMAT,
    preview: bool = PREVIEW,
    force: bool = FORCE,
) -> None:
    """Simulate chest walls."""
    from training.simulate.clip_files import Job

    shape = parse_size(size)
    run(Job("lung", out, count, seed, frames, geometry, shape, file_format, preview, force, style.value))


def implant(
    hosts: list[Path] = typer.Option(
        ...,
        "--hosts",
        help="Data set with real frames in which no rib is drawn, e.g. usgra; again for another",
    ),
    out: Path = OUT,
    count: int = COUNT,
    seed: int = SEED,
    file_format: Format = FORMAT,
    preview: bool = PREVIEW,
    force: bool = FORCE,
) -> None:
    """Put ribs into real frames."""
    from lusgui.base.errors import LusguiError
    from training.data.open import open_dataset
    from training.simulate.clip_files import Job
    from training.simulate.implant_hosts import ribless

    found = tuple(host for folder in hosts for host in ribless(open_dataset(folder)))
    if not found:
        raise LusguiError(
            "there is no frame without ribs that is large enough to put ribs into",
            path=hosts[0],
            remedy="Name a set with frames in which no rib is drawn",
        )
    typer.echo(f"{len(found)} real frames to put ribs into", err=True)
    run(Job("implant", out, count, seed, format=file_format, preview=preview, force=force, hosts=found))


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Read ``256`` or ``300x200`` (rows, columns).

    Raises
    ------
    LusguiError
        If it is neither, or no size of a picture.
    """
    from lusgui.base.errors import LusguiError

    if text is None:
        return None
    parts = text.lower().split("x")
    numbers = [int(part) for part in parts if part.isdecimal()]
    if len(numbers) != len(parts) or len(numbers) not in (1, 2) or not all(48 <= n <= 4096 for n in numbers):
        raise LusguiError(
            f"'{text}' is no size", remedy="Give rows x columns as 256x256, each from 48 to 4096"
        )
    return numbers[0], numbers[-1]


def run(job: Job) -> None:
    """Write the data set under a progress bar, and say what is there, also when stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from training.simulate.clip_files import write_clips

    written = 0

    def told(count: int) -> None:
        nonlocal written
        written = count
        progress.update(task, completed=count)

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with progress:
        task = progress.add_task(f"Simulating {job.kind}", total=job.count)
        try:
            write_clips(job, told)
        except KeyboardInterrupt:
            typer.echo(f"{written} of {job.count} clips are written whole in {job.out}", err=True)
            raise
    typer.echo(f"{written} clips of {job.frames} frame(s) in {job.out}")


def compare_with_real(
    data: Path = typer.Option(..., "--data", help="Real frames with rib masks, e.g. resources/datasets/ribs"),
    out: Path = typer.Option(..., "--out", help="Figure (.png); the numbers go beside it as .csv"),
    count: int = typer.Option(60, "--count", min=1, help="How many simulated frames of each style"),
    seed: int = typer.Option(0, "--seed", min=0),
    leave_out: list[str] = typer.Option([], "--leave-out", help="Groups of real frames to leave out"),
    force: bool = typer.Option(False, "--force", help="Replace figure and numbers"),
) -> None:
    """Compare gray values, speckle size and texture of simulated and real chest walls."""
    from lusgui.base.atomic import make_folder
    from lusgui.base.errors import LusguiError
    from lusgui.io.export.batch import FileBatch
    from training.data.open import open_dataset
    from training.simulate import compare_real
    from training.simulate.lung import simulate_samples

    if out.suffix.casefold() != ".png":
        raise LusguiError("a figure is written as PNG", path=out, remedy="Let the name end in .png")
    table = out.with_suffix(".csv")
    with FileBatch([out, table], overwrite=force) as batch:
        real = [sample for sample in open_dataset(data) if sample.group not in set(leave_out)]
        sets = {
            f"real, {data.name}": [sample.gray() for sample in real],
            "simulated, plain": [sample.gray() for sample in simulate_samples(count, seed)],
            "simulated, wide": [sample.gray() for sample in simulate_samples(count, seed, "wide")],
        }
        measured = compare_real.compare(sets)
        make_folder(out.parent)
        compare_real.write_figure(sets, measured, batch.path(out))
        compare_real.write_numbers(measured, batch.path(table))
    typer.echo(f"{out}\n{table}")
