"""``lusgui segment``: masks of a label for recordings, by a model that says itself how it wants to be fed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lusgui.base.errors import LusguiError, ModelError, OverwriteRefusedError
from lusgui.cli.console import complain, progress_bar, say
from lusgui.io.models import default_model, find_model, read_segmenter

if TYPE_CHECKING:
    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.model_card import ModelCard
    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.nn.predictor import Predictor


class Format(StrEnum):
    """Kinds of file that masks are written as."""

    TIFF = "tiff"
    MAT = "mat"
    PNG = "png"


EXTENSIONS = {Format.TIFF: ".tif", Format.MAT: ".mat", Format.PNG: ".png"}


@dataclass(frozen=True)
class Plan:
    """What one call of the command does, checked before any work.

    Parameters
    ----------
    label : str
        What is segmented.
    model_path : Path
        Model file.
    card : ModelCard
        Its card.
    settings : DespeckleSettings
        What is done to a frame first.
    threshold : float
        Probability from which a pixel belongs to the mask.
    out : Path
        Folder to write into.
    formats : tuple of str
        Kinds of file.
    mat_version : str
        Kind of MAT file.
    overwrite : bool
        Whether files already there may be replaced.
    is_inverted : bool
        Whether black and white of the recordings are exchanged.
    low : float or None
        Hysteresis: least probability of what touches a pixel that reaches the threshold.
    """

    label: str
    model_path: Path
    card: ModelCard
    settings: DespeckleSettings
    threshold: float
    out: Path
    formats: tuple[str, ...]
    mat_version: str
    overwrite: bool
    is_inverted: bool = False
    low: float | None = None


def choose_model(label: str, model: str | None) -> tuple[Path, ModelCard]:
    """Return the file and card of the model for a label: the named one, or its default.

    Raises
    ------
    ModelError
        If there is none, or the named one does not know the label.
    """
    if model is not None:
        path = find_model(model)
        card = read_segmenter(path)
        if label not in card.labels:
            raise ModelError(
                f"the model {card.name} knows no label '{label}'",
                path=path,
                remedy=f"It knows: {', '.join(card.labels)}",
            )
        return path, card
    known = default_model(label)
    if known is None or known.card is None:
        raise ModelError(
            f"no model knows the label '{label}'", remedy="See 'lusgui models', or name a file with --model"
        )
    return known.path, known.card


def refuse_overwriting(recordings: list[Path], plan: Plan) -> None:
    """Look for everything in the way before any work is done.

    Raises
    ------
    OverwriteRefusedError
        If two inputs would be written under one name, or a file is already there.
    """
    seen: dict[str, Path] = {}
    for recording in recordings:
        name = f"{recording.stem}_{plan.label}"
        if name.casefold() in seen:
            raise OverwriteRefusedError(
                f"{seen[name.casefold()]} would be written under the same name",
                path=recording,
                remedy="Write them to different folders",
            )
        seen[name.casefold()] = recording
        if plan.overwrite:
            continue
        there = [plan.out / f"{name}{EXTENSIONS[Format(kind)]}" for kind in plan.formats]
        if Format.PNG in plan.formats and plan.out.is_dir():
            numbered = f"{name}_" + "[0-9]" * 5 + ".png"
            there += [path for path in plan.out.iterdir() if path.match(numbered)]
        for path in there:
            if path.exists():
                raise OverwriteRefusedError(
                    "it is already there", path=path, remedy="Add --force to replace it"
                )


def segment_file(path: Path, plan: Plan, predictor: Predictor, progress: Progress) -> tuple[list[Path], str]:
    """Segment every frame of a recording and write its masks.

    Returns
    -------
    list of Path
        What was written.
    str
        One line about it.
    """
    import numpy as np

    from lusgui.core.intensity import measure_mapping
    from lusgui.core.label import most_components
    from lusgui.core.pipeline import gray_frame
    from lusgui.core.threshold import ThresholdSettings, apply_threshold
    from lusgui.io.export.masks import write_masks
    from lusgui.io.export.provenance import make_provenance
    from lusgui.io.hashing import content_hash
    from lusgui.io.open import open_recording
    from lusgui.io.polarity import INVERTED_KEY

    recipe = exchanged(path) if plan.is_inverted else None
    with open_recording(path, recipe=recipe) as recording:
        if recording.extra.get(INVERTED_KEY):
            complain(f"{path.name}: black and white look exchanged; if they are, add --inverted.")
        mapping = plan.card.mapping_for(measure_mapping(recording))
        masks = np.zeros(recording.shape, dtype=bool)
        most = most_components(plan.label)
        wanted = ThresholdSettings(plan.threshold, keep_largest=most, low_threshold=plan.low)
        for index in range(recording.frame_count):
            progress(index, recording.frame_count, path.name)
            if index in recording.empty_frames:
                continue
            gray = gray_frame(recording.frame(index), mapping, plan.settings)
            masks[index] = apply_threshold(predictor.predict(gray, plan.label), wanted)
        progress(recording.frame_count, recording.frame_count, path.name)
        facts = make_provenance(
            source_file=path.name,
            sha256=content_hash(path),
            variable=recording.provenance.variable,
            model_version=plan.card.key,
            despeckle=plan.settings.to_json(),
            threshold=plan.threshold,
            low_threshold=plan.low,
            device=predictor.description,
        )
        written = write_masks(
            path.stem,
            plan.label,
            masks,
            plan.out,
            plan.formats,
            mat_version=plan.mat_version,
            spacing_mm=recording.spacing_mm,
            frame_numbers=recording.frame_numbers,
            provenance=facts,
            source_path=path,
            overwrite=plan.overwrite,
        )
    found = int(masks.any(axis=(1, 2)).sum())
    return written, f"{path.name}: {plan.label} in {found} of {len(masks)} frames"


def exchanged(path: Path) -> Recipe:
    """Return what the folder says of its files, and that black and white are exchanged."""
    from dataclasses import replace

    from lusgui.core.recipe import Recipe
    from lusgui.io.recipes import folder_recipe

    return replace(folder_recipe(path.parent) or Recipe("command line"), is_inverted=True)


def run(inputs: list[Path], plan: Plan, device: str) -> int:
    """Segment every input; return how many failed after having said why."""
    from lusgui.base.atomic import make_folder
    from lusgui.io.open import find_recordings

    recordings = find_recordings(inputs)
    if not recordings:
        raise LusguiError("no recording was found there", remedy="Name a file or a folder with recordings")
    refuse_overwriting(recordings, plan)
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.devices import leave_a_core
    from lusgui.nn.predictor import Predictor

    # threads that wait for a core somebody else uses cost several times what one more thread gains
    leave_a_core()
    predictor = Predictor(load_model(plan.model_path), device)
    make_folder(plan.out)
    failures = 0
    with progress_bar(f"Segment {plan.label}") as progress:
        for recording in recordings:
            try:
                written, line = segment_file(recording, plan, predictor, progress)
            except LusguiError as error:
                if len(recordings) == 1:
                    raise
                failures += 1
                complain(error.message)
                continue
            say(line)
            for path in written:
                say(f"  {path}")
    if predictor.note:
        complain(f"{predictor.note}.")
    return failures


def register(app: typer.Typer) -> None:
    """Add ``segment`` to the command line."""

    @app.command()
    def segment(
        inputs: list[Path] = typer.Argument(..., help="Recordings, or folders with recordings."),
        label: str = typer.Option(..., "--label", help="What to segment: rib, cerebellum, ..."),
        out: Path = typer.Option(..., "--out", help="Folder to write into."),
        model: str | None = typer.Option(None, "--model", help="A name from 'lusgui models', or a file."),
        threshold: float | None = typer.Option(
            None, "--threshold", min=0.0, max=1.0, help="Least probability; else the model's own, 0.5."
        ),
        low: float | None = typer.Option(
            None,
            "--low",
            min=0.0,
            max=1.0,
            help="Hysteresis: down to this, keep what is of one piece with a pixel at the threshold.",
        ),
        no_despeckle: bool = typer.Option(
            False, "--no-despeckle", help="Leave the speckle in, whatever the model expects."
        ),
        formats: list[Format] = typer.Option([Format.TIFF], "--format", help="Repeat it for several."),
        mat_version: str = typer.Option("5", "--mat-version", help="5 or 7.3."),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu."),
        inverted: bool = typer.Option(
            False, "--inverted", help="Black and white of the recordings are exchanged."
        ),
        force: bool = typer.Option(False, "--force", help="Replace files that are already there."),
    ) -> None:
        """Write masks of a label, 0/255 on the raw grid, for recordings. Research use only."""
        from lusgui.core.despeckle import OFF
        from lusgui.io.export.mat import check_version

        check_version(mat_version)
        path, card = choose_model(label, model)
        least = card.threshold if threshold is None else threshold
        if low is not None and low >= least:
            raise LusguiError(
                f"--low {low:g} is not below the threshold, {least:g}", remedy="Give a smaller one, or none"
            )
        plan = Plan(
            label,
            path,
            card,
            OFF if no_despeckle else card.despeckle_settings,
            least,
            out,
            tuple(dict.fromkeys(str(kind) for kind in formats)),
            mat_version,
            force,
            inverted,
            low,
        )
        if run(inputs, plan, device):
            raise typer.Exit(2)
