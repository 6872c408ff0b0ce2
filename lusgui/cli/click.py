"""``lusgui click``: the mask of what is clicked on in one frame, as the window's click tool gives it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lusgui.base.errors import ClickError, LusguiError, ModelError, UnsupportedFileError
from lusgui.cli.console import complain, say
from lusgui.core.click.prompt import ClickPrompt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.click.answer import ClickAnswer
    from lusgui.core.click.engine import ClickEngine
    from lusgui.core.geometry import Spacing
    from lusgui.core.recording import Recording

EXTENSIONS = (".tif", ".tiff", ".png", ".mat")
NOTHING_FOUND = 2
"""What the command ends with where nothing was found."""


class Engine(StrEnum):
    """What answers."""

    AUTO = "auto"
    NETWORK = "network"
    WEIGHTLESS = "weightless"


@dataclass(frozen=True)
class Plan:
    """What one call of the command does, checked before any work.

    Parameters
    ----------
    path : Path
        The recording.
    frame : int
        Which frame, from 0.
    prompt : ClickPrompt
        What is marked.
    start : Path or None
        A mask to begin with.
    label : str
        What the mask is of.
    out : Path
        File to write.
    mat_version : str
        Kind of MAT file.
    overwrite : bool
        Whether the file may be replaced.
    is_inverted : bool
        Whether black and white of the recording are exchanged.
    """

    path: Path
    frame: int
    prompt: ClickPrompt
    start: Path | None
    label: str
    out: Path
    mat_version: str
    overwrite: bool
    is_inverted: bool


def numbers_of(text: str, count: int, what: str) -> tuple[float, ...]:
    """Read so many numbers parted by commas.

    Raises
    ------
    ClickError
        If there are not so many, or they are none.
    """
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != count:
        example = "120,64" if count == 2 else "100,40,150,90"
        raise ClickError(f"'{text[:40]}' is no {what}", remedy=f"Write it as {example}")
    return values


def make_prompt(positive: list[str], negative: list[str], box: str | None) -> ClickPrompt:
    """Return what the options mark: the box first, then positive clicks, then negative ones.

    On the command line pixels are counted: 0,0 is the first pixel, and a box reaches from its first pixel to
    its last.

    Raises
    ------
    ClickError
        If a position cannot be read, or nothing says where the structure is.
    """
    prompt = ClickPrompt()
    if box is not None:
        row0, col0, row1, col1 = numbers_of(box, 4, "box")
        low, high = (min(row0, row1), min(col0, col1)), (max(row0, row1), max(col0, col1))
        prompt = prompt.with_box(*low, high[0] + 1, high[1] + 1)
    for texts, is_positive in ((positive, True), (negative, False)):
        for text in texts:
            row, col = numbers_of(text, 2, "place of a click")
            prompt = prompt.with_click(row + 0.5, col + 0.5, is_positive)
    if prompt.is_empty:
        raise ClickError(
            "nothing is marked", remedy="Say where with --positive row,column or --box row,column,row,column"
        )
    return prompt


def load_engine(kind: Engine, model: str | None) -> ClickEngine:
    """Return what answers.

    Raises
    ------
    ModelError
        If a network is asked for and there is none.
    """
    from lusgui.core.networks import CLICK
    from lusgui.io.click_model import find_click_model
    from lusgui.io.models import find_model

    path = None
    if kind is not Engine.WEIGHTLESS:
        path = find_click_model() if model is None else find_model(model, CLICK)
    if path is not None:
        from lusgui.nn.click.engine import load_engine as load
        from lusgui.nn.devices import leave_a_core

        leave_a_core()
        return load(path)
    if kind is Engine.NETWORK:
        raise ModelError(
            "there is no click network here", remedy="Leave --engine out, and it is done without a model"
        )
    from lusgui.core.click.weightless import WeightlessEngine

    return WeightlessEngine()


def read_start(path: Path, frame: int, recording: Recording) -> NDArray[np.bool_]:
    """Return the mask to begin with: the only one of the file, or that of the frame.

    Raises
    ------
    LusguiError
        If the file holds no mask of that frame, or one of another size.
    """
    from lusgui.io.masks_read import read_mask_file

    groups = read_mask_file(path)
    if len(groups) != 1:
        raise UnsupportedFileError(
            f"it holds masks of {len(groups)} structures", path=path, remedy="Name a file with one"
        )
    group = groups[0]
    count = group.shape[0]
    if tuple(group.shape[1:]) != tuple(recording.frame_shape):
        rows, cols = recording.frame_shape
        raise LusguiError(
            f"the mask is not as large as the frames ({rows} x {cols})", path=path, shape=group.shape[1:]
        )
    if group.frames is not None and frame in group.frames:
        return group.read(group.frames.index(frame))
    if count == 1:
        return group.read(0)
    if count == recording.frame_count and group.frames is None:
        return group.read(frame)
    raise LusguiError(f"it holds no mask of frame {frame + 1}", path=path, remedy="Name another file")


def answer_marks(
    engine: ClickEngine,
    gray: NDArray[np.float32],
    spacing: Spacing | None,
    prompt: ClickPrompt,
    start: NDArray[np.bool_] | None,
) -> tuple[ClickAnswer, float]:
    """Answer marks one after the other, as in the window; return the last answer and all seconds.

    Raises
    ------
    ClickError
        If a mark lies outside the image.
    """
    import time

    shape = (int(gray.shape[0]), int(gray.shape[1]))
    prompt.checked(shape)
    began = time.perf_counter()
    embedding = engine.embed(gray, 1.0 if spacing is None else spacing[0] / spacing[1])
    mask, best = start, None
    for count in range(1, len(prompt.marks) + 1):
        answer = engine.answer(embedding, ClickPrompt(prompt.marks[:count]), mask)
        if answer.found or best is None:
            best = answer
        if answer.found:
            mask = answer.mask
    assert best is not None  # a prompt without marks is refused before
    return best, time.perf_counter() - began


def run(plan: Plan, engine: ClickEngine) -> dict[str, Any]:
    """Segment what is marked and write it; return what came of it as plain values."""
    import numpy as np

    from lusgui.core.geometry import area_mm2, bounding_box
    from lusgui.core.intensity import measure_mapping
    from lusgui.core.pipeline import gray_frame
    from lusgui.io.hashing import content_hash
    from lusgui.io.open import open_recording
    from lusgui.io.polarity import INVERTED_KEY

    recipe = None
    if plan.is_inverted:
        from lusgui.cli.segment import exchanged

        recipe = exchanged(plan.path)
    with open_recording(plan.path, recipe=recipe) as recording:
        if not 0 <= plan.frame < recording.frame_count:
            raise LusguiError(
                f"there is no frame {plan.frame + 1}",
                path=plan.path,
                remedy=f"It has the frames 1 to {recording.frame_count}",
            )
        if recording.extra.get(INVERTED_KEY):
            complain(f"{plan.path.name}: black and white look exchanged; if they are, add --inverted.")
        gray = np.asarray(gray_frame(recording.frame(plan.frame), measure_mapping(recording)), np.float32)
        start = None if plan.start is None else read_start(plan.start, plan.frame, recording)
        spacing = recording.spacing_mm
        answer, seconds = answer_marks(engine, gray, spacing, plan.prompt, start)
        mask = answer.mask
        box = bounding_box(mask)
        values: dict[str, Any] = {
            "file": str(plan.path),
            "frame": plan.frame + 1,
            "label": plan.label,
            "engine": answer.engine,
            "found": answer.found,
            "note": answer.note,
            "marks": plan.prompt.to_json()["marks"],
            "pixels": int(mask.sum()),
            "area_mm2": area_mm2(mask, spacing),
            "box": [box.row0, box.col0, box.row1 - 1, box.col1 - 1] if mask.any() else None,
            "seconds": round(seconds, 3),
            "out": None,
        }
        if answer.found:
            facts = {
                "sha256": content_hash(plan.path),
                "variable": recording.provenance.variable,
                "model_version": answer.engine,
                "marks": values["marks"],
            }
            number = recording.frame_numbers[plan.frame] if recording.frame_numbers else plan.frame + 1
            write_answer(plan, mask, spacing, number, facts)
            values["out"] = str(plan.out)
    return values


def write_answer(
    plan: Plan,
    mask: NDArray[np.bool_],
    spacing: Spacing | None,
    number: int,
    facts: dict[str, Any],
) -> None:
    """Write a mask (H, W) as the kind of file that its name says, with its provenance beside it.

    Raises
    ------
    OverwriteRefusedError
        If something is there already; nothing is written then.
    """
    from lusgui.io.export.batch import FileBatch
    from lusgui.io.export.provenance import SIDECAR_ENDING, make_provenance, write_sidecar

    sidecar = plan.out.with_name(plan.out.stem + SIDECAR_ENDING)
    provenance = make_provenance(source_file=plan.path.name, frame=plan.frame + 1, label=plan.label, **facts)
    with FileBatch([plan.out, sidecar], overwrite=plan.overwrite, protected=[plan.path]) as batch:
        target = batch.path(plan.out)
        kind = plan.out.suffix.casefold()
        if kind == ".png":
            from lusgui.io.export.png import write_mask_png

            write_mask_png(target, mask)
        elif kind == ".mat":
            from lusgui.core.annotation import Status
            from lusgui.core.label import known_label
            from lusgui.io.export.mat import ExportFrames, write_mat

            content = ExportFrames(
                shape=(mask.shape[0], mask.shape[1]),
                frame_numbers=(number,),
                labels=(known_label(plan.label),),
                masks=lambda _key: [mask],
                statuses=((Status.UNTOUCHED,),),
                spacing_mm=spacing,
                provenance=provenance,
            )
            write_mat(target, content, plan.mat_version)
        else:
            from lusgui.io.export.tiff import write_mask_tiff

            shape = (1, mask.shape[0], mask.shape[1])
            write_mask_tiff(target, [mask], shape, spacing_mm=spacing, frames=[plan.frame], label=plan.label)
        write_sidecar(batch.path(sidecar), provenance, [plan.out.name])


def check_out(out: Path) -> None:
    """Refuse a file whose ending says no kind of file.

    Raises
    ------
    UnsupportedFileError
    """
    if out.suffix.casefold() not in EXTENSIONS:
        raise UnsupportedFileError(
            f"masks are not written as '{out.suffix or out.name}'",
            path=out,
            remedy=f"Let the name end in {', '.join(EXTENSIONS)}",
        )


def register(app: typer.Typer) -> None:
    """Add ``click`` to the command line."""

    @app.command()
    def click(
        path: Path = typer.Argument(..., metavar="FILE", help="A recording."),
        label: str = typer.Option(..., "--label", help="What the mask is of: rib, cerebellum, ..."),
        out: Path = typer.Option(..., "--out", help="File to write: .tif, .png or .mat."),
        frame: int = typer.Option(1, "--frame", min=1, help="Which frame, counted from 1."),
        positive: list[str] = typer.Option(
            [],
            "--positive",
            metavar="ROW,COLUMN",
            help="A pixel of the structure; repeat it. 0,0 is the first.",
        ),
        negative: list[str] = typer.Option(
            [], "--negative", metavar="ROW,COLUMN", help="A pixel that is not of it; repeat it."
        ),
        box: str | None = typer.Option(
            None, "--box", metavar="ROW,COLUMN,ROW,COLUMN", help="First and last pixel of a box around it."
        ),
        start: Path | None = typer.Option(
            None, "--start", help="A mask to begin with (.tif, .png, .mat): what is not clicked on stays."
        ),
        engine: Engine = typer.Option(
            Engine.AUTO, "--engine", help="auto: the network if there is one, else without a model."
        ),
        model: str | None = typer.Option(None, "--model", help="Click weights: a name or a file."),
        mat_version: str = typer.Option("5", "--mat-version", help="5 or 7.3."),
        inverted: bool = typer.Option(
            False, "--inverted", help="Black and white of the recording are exchanged."
        ),
        force: bool = typer.Option(False, "--force", help="Replace the file if it is already there."),
        as_json: bool = typer.Option(False, "--json", help="Say what came of it as JSON."),
    ) -> None:
        """Write the mask of what is clicked on, 0/255 on the raw grid, for one frame. Research use only.

        Ends with 2 and writes nothing where the clicks find nothing.
        """
        from lusgui.io.export.mat import check_version

        check_version(mat_version)
        check_out(out)
        prompt = make_prompt(positive, negative, box)
        plan = Plan(path, frame - 1, prompt, start, label, out, mat_version, force, inverted)
        values = run(plan, load_engine(engine, model))
        if as_json:
            typer.echo(json.dumps(values, indent=1, allow_nan=False))
        elif values["found"]:
            area = "" if values["area_mm2"] is None else f", {values['area_mm2']:.1f} mm2"
            say(
                f"{path.name}, frame {frame}: {label} of {values['pixels']} pixels{area},"
                f" {values['engine']}, {values['seconds']:.1f} s"
            )
            say(f"  {out}")
        else:
            complain(values["note"])
        if not values["found"]:
            raise typer.Exit(NOTHING_FOUND)
