"""``python -m training judge``: a model against what is asked of the default models."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import TYPE_CHECKING, Any

import typer

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

JUDGED_JSON = "judged.json"
JUDGED_CSV = "judged.csv"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "judge",
        help="Compare a model with the targets of the default models: Dice, the size or the centre line,"
        " false components, calibration, false alarms, on the raw grid.",
    )
    def judge(
        model: str = typer.Argument(..., help="A model's name (rib) or a .safetensors file"),
        data: Path = typer.Option(..., "--data", help="Folder with images and masks"),
        label: str = typer.Option("", "--label", help="What is judged; else the model's first"),
        group: list[str] = typer.Option(
            [], "--group", help="Judge this patient or recording only; repeat it for several"
        ),
        layout: str = typer.Option("auto", "--layout", help="Of the folder, if not recognised"),
        despeckle: str = typer.Option(
            "model", "--despeckle", help="Filter before the model: none, fast, ...; else the model's own"
        ),
        threshold: float | None = typer.Option(
            None, "--threshold", min=0.0, max=1.0, help="Least probability; else the model's own"
        ),
        least_area: float = typer.Option(
            0.0, "--least-area", min=0.0, max=1.0, help="Leave out components below this share of the frame"
        ),
        out: Path | None = typer.Option(
            None, "--out", help=f"Folder for {JUDGED_JSON}, and {JUDGED_CSV} with a row a frame"
        ),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        as_json: bool = typer.Option(False, "--json", help="Print targets, summary and rows as JSON"),
    ) -> None:
        found = run(
            model,
            data,
            label,
            groups=tuple(group),
            layout=layout,
            despeckle=despeckle,
            threshold=threshold,
            least_area=least_area,
            device=device,
        )
        tell(found, out, as_json=as_json)


def run(
    model: str,
    data: Path,
    label: str = "",
    *,
    groups: tuple[str, ...] = (),
    layout: str = "auto",
    despeckle: str = "model",
    threshold: float | None = None,
    least_area: float = 0.0,
    device: str = "auto",
) -> dict[str, Any]:
    """Judge a model.

    Returns
    -------
    dict
        Plain values: ``model``, ``label``, ``data``, how it was fed and read, ``split`` (what the card says
        of what it learnt from), ``warnings``, ``targets``, ``summary`` and ``frames``.

    Raises
    ------
    LusguiError
        If model, data, label or group are not there.
    """
    from dataclasses import asdict, replace

    from lusgui.core.label import most_components
    from lusgui.io.models import find_model, read_segmenter
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.predictor import Predictor
    from training.commands.evaluate import despeckle_of, progress, refuse_labels
    from training.judging_defaults import judge_frames, summarise_judged, targets

    path = find_model(model)
    card = read_segmenter(path)
    label = label or card.labels[0]
    refuse_labels(card, (label,), path)
    settings = despeckle_of(despeckle)
    settings = card.despeckle_settings if settings is None else settings
    threshold = card.threshold if threshold is None else threshold
    samples, warnings = read(data, card, label, layout)
    samples = of_groups(samples, groups)
    samples = [replace(sample, mapping=card.mapping_for(sample.mapping)) for sample in samples]
    if not groups:
        warnings.append("frames that the model learnt from are judged too, if the data hold any")
    predictor = Predictor(load_model(path), device)
    if predictor.note:
        warnings.append(predictor.note)
    rows = []
    with progress(f"Judge {card.name}") as report:
        for i, sample in enumerate(samples):
            report(i, len(samples), sample.name)
            rows += judge_frames(
                lambda gray: predictor.predict(gray, label),
                [sample],
                label,
                settings=settings,
                threshold=threshold,
                network_shape=card.input_shape,
                most_components=most_components(label),
                least_area=least_area,
            )
        report(len(samples), len(samples), "")
    summary = summarise_judged(rows)
    return {
        "model": card.key,
        "label": label,
        "data": str(data),
        "groups": sorted({row.group for row in rows}),
        "despeckle": settings.to_json(),
        "threshold": threshold,
        "least_area": least_area,
        "most_components": most_components(label),
        "network_shape": list(card.input_shape),
        "split": card.split,
        "warnings": warnings,
        "targets": [asdict(row) for row in targets(label, summary)],
        "summary": summary,
        "frames": [row.to_json() for row in rows],
    }


def read(data: Path, card: ModelCard, label: str, layout: str) -> tuple[list[Sample], list[str]]:
    """Return the frames that know a label, and what a reader must know of them.

    Of this project's rib sets doubtful frames stay out and doubtful places are ignored.
    """
    from training.commands.evaluate import read_samples
    from training.data.own_sets import fits_ribs
    from training.recipes.drawn_ribs import load_drawn

    if layout in ("auto", "ribs") and fits_ribs(data):
        from training.dataset import load_ribs

        samples = load_drawn(data)
        left = len(load_ribs(data)) - len(samples)
        warnings = [f"doubtful frames that are left out: {left}"] if left else []
    else:
        samples, warnings = read_samples(data, card, (label,), layout)
    known = [sample for sample in samples if label in sample.masks]
    if not known:
        raise LusguiError(f"no frame of the data has the label '{label[:60]}'", path=data)
    return known, warnings


def of_groups(samples: Sequence[Sample], groups: Sequence[str]) -> list[Sample]:
    """Return the frames of some groups; of all where none is named.

    Raises
    ------
    LusguiError
        If there is no such group.
    """
    there = sorted({sample.group for sample in samples})
    for group in groups:
        if group not in there:
            raise LusguiError(
                f"there is no group '{group[:60]}' in the data", remedy=f"There are: {', '.join(there)[:300]}"
            )
    return [sample for sample in samples if not groups or sample.group in groups]


def tell(found: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    """Write what `run` returned, and print it."""
    import json

    from training.commands.evaluate import print_table, show_number

    text = json.dumps(found, indent=1, allow_nan=False) + "\n"
    written = write(out, found, text) if out is not None else []
    if as_json:
        typer.echo(text, nl=False)
        return
    for sentence in found["warnings"]:
        sys.stderr.write(f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.\n")
    if found["split"]:
        sys.stderr.write(f"The card says of its training: {found['split']}\n")
    summary = found["summary"]
    heading = f"{found['model']}: {found['label']}, {summary['frames']} frames of {summary['groups']} groups"
    if summary["missed"]:
        heading += f", {summary['missed']} missed"
    print_table(heading, ["target", "wanted", "got", "95 % from", "to", "n", "met"], table(found["targets"]))
    rate = summary["false_alarm_rate"]
    if summary["negatives"]:
        ends = "" if rate["low"] is None else f" (95 % {rate['low']:.3f} to {rate['high']:.3f})"
        typer.echo(f"Something is found in {rate['value']:.3f} of {rate['n']} frames without it{ends}.")
    rows = [
        [
            name,
            *(show_number(part[key]) for key in ("mean", "low", "high", "median", "worst")),
            part["worst_group"],
            str(part["n"]),
        ]
        for name, part in summary["measures"].items()
    ]
    columns = ["measure", "mean", "95 % from", "to", "median", "worst group", "which", "n"]
    print_table("Frames that show it", columns, rows)
    for path in written:
        typer.echo(str(path))


def table(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the cells of targets given as plain values."""
    from training.commands.evaluate import show_number

    words = {True: "yes", False: "no", None: "not measured"}
    return [
        [
            row["name"],
            row["wanted"],
            *(show_number(row[key]) for key in ("got", "low", "high")),
            str(row["n"]),
            words[row["met"]],
        ]
        for row in rows
    ]


def write(out: Path, found: dict[str, Any], text: str) -> list[Path]:
    """Write the JSON text and a table of the frames into a folder, replacing those of before."""
    import csv
    import io

    from lusgui.base.atomic import atomic_path, make_folder

    make_folder(out)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(found["frames"][0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found["frames"])
    paths = [out / JUDGED_JSON, out / JUDGED_CSV]
    for path, content in zip(paths, (text, stream.getvalue()), strict=True):
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return paths
