"""``python -m training export-onnx``: a model as an ONNX file, checked against torch."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations at run time

import typer

FRAMES = 64
"""Frames of a data set that are used at most: half of them calibrate int8."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "export-onnx",
        help="Write a model for masks as an ONNX file, if it answers there as it does in torch.",
    )
    def export_onnx(
        model: str = typer.Option(..., "--model", help="A model's name (rib) or a .safetensors file"),
        out: Path = typer.Option(..., "--out", help="The .onnx file to write"),
        data: Path | None = typer.Option(
            None, "--data", help="Folder with images to compare on; else the sample recordings"
        ),
        layout: str = typer.Option("auto", "--layout", help="Of the folder, if not recognised"),
        int8: bool = typer.Option(
            False, "--int8", help="In whole numbers of eight bits; every second frame of --data sets ranges"
        ),
        least_dice: float = typer.Option(
            0.995,
            "--least-dice",
            min=0.0,
            max=1.0,
            help="What int8 must reach against float32 on each frame that did not set ranges",
        ),
        overwrite: bool = typer.Option(False, "--overwrite", help="Replace the file if it is there"),
    ) -> None:
        run(model, out, data, layout, int8=int8, least_dice=least_dice, overwrite=overwrite)


def run(
    model: str,
    out: Path,
    data: Path | None,
    layout: str = "auto",
    *,
    int8: bool,
    least_dice: float,
    overwrite: bool,
) -> None:
    """Export, compare and say how well the two agree.

    Raises
    ------
    LusguiError
        If int8 is asked for without data, or as `lusgui.nn.onnx_export.export_onnx`.
    """
    from lusgui.base.errors import LusguiError
    from lusgui.io.models import find_model, read_segmenter
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.onnx_export import export_onnx, require_onnx
    from training.frames import frames_of, sample_frames

    if int8 and data is None:
        raise LusguiError("int8 learns its ranges from frames", remedy="Name a folder of images with --data")
    require_onnx()
    path = find_model(model)
    card = read_segmenter(path)
    grays = sample_frames(card) if data is None else frames_of(card, data, most=FRAMES, layout=layout)
    calibration = grays[::2] if int8 else []
    judged = grays[1::2] if int8 else grays
    found = export_onnx(
        load_model(path),
        out,
        judged,
        calibration=calibration,
        least_dice=least_dice,
        overwrite=overwrite,
    )
    where = "the sample recordings" if data is None else str(data)
    typer.echo(
        f"{out}: {card.key} in {'int8' if int8 else 'float32'}, {out.stat().st_size / 1e6:.1f} MB\n"
        f"Against torch in float32, {found.frames} frames of {where} and {found.random_frames} of noise:"
        f" probabilities differ by {found.largest_difference:.2g} at most;"
        f" Dice of the frames' masks {found.least_dice:.4f} at least, {found.median_dice:.4f} in the middle."
    )
