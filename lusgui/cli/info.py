"""``lusgui info``: what was found in a file and how it would be read."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("info")
    def info(
        file: Path = typer.Argument(..., help="MAT, PNG, BMP, JPEG, TIFF, DICOM, AVI or MP4 file."),
        as_json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
        recipe: str | None = typer.Option(None, "--recipe", help="Read by the recipe of this name or file."),
        variable: list[str] = typer.Option(
            [], "--variable", help="Read this variable, e.g. 'ImgData{1}'. May be repeated."
        ),
    ) -> None:
        """Say what a file holds: frames, size, element type, amplitude state, spacing, candidates."""
        from lusgui.core.recipe import Recipe
        from lusgui.io.open import open_recording
        from lusgui.io.recipes import find_recipe

        base = Recipe("command line") if recipe is None else find_recipe(recipe)
        plans: list[Recipe | None] = [dataclasses.replace(base, variable=name) for name in variable]
        if not plans:
            plans = [None if recipe is None else base]
        found = []
        for plan in plans:
            with open_recording(file, recipe=plan) as recording:
                found.append(describe(recording))
        if as_json:
            shown = found[0] if len(found) == 1 else found
            typer.echo(json.dumps(shown, allow_nan=False))
            return
        typer.echo("\n\n".join(as_text(file, values) for values in found))


def describe(recording: Recording) -> dict[str, Any]:
    """Return what was found as plain values.

    Parameters
    ----------
    recording : Recording
        The open recording.

    Returns
    -------
    dict
        Ready for JSON; `spacing_mm` is [row, column] or None.
    """
    frames, rows, cols = recording.shape
    return {
        "path": str(recording.provenance.path),
        "container": recording.provenance.container,
        "variable": recording.provenance.variable,
        "frames": frames,
        "rows": rows,
        "cols": cols,
        "dtype": str(recording.dtype),
        "intensity": str(recording.intensity),
        "value_range": None if recording.value_range is None else [*map(_finite, recording.value_range)],
        "spacing_mm": None if recording.spacing_mm is None else list(recording.spacing_mm),
        "frame_rate_hz": recording.frame_rate_hz,
        "empty_frames": [index + 1 for index in sorted(recording.empty_frames)],
        "candidates": [
            {
                "variable": candidate.variable,
                "shape": list(candidate.shape),
                "dtype": candidate.dtype,
                "frames": candidate.frames,
                "rows": candidate.rows,
                "cols": candidate.cols,
                "intensity": str(candidate.intensity),
                "score": _finite(candidate.score),
                "reason": candidate.reason,
            }
            for candidate in recording.candidates
        ],
        "warnings": list(recording.warnings),
    }


def as_text(file: Path, values: dict[str, Any]) -> str:
    """Return what was found as lines for people."""
    spacing, rate = values["spacing_mm"], values["frame_rate_hz"]
    size = f"{values['rows']} rows x {values['cols']} columns"
    step = "unknown" if spacing is None else f"{spacing[0]:.4g} mm a row, {spacing[1]:.4g} mm a column"
    lines = [
        str(file),
        f"  variable    {values['variable'] or '-'} ({values['container']})",
        f"  frames      {values['frames']} of {size}, {values['dtype']}",
        f"  intensity   {values['intensity']}",
        f"  spacing     {step}",
        f"  frame rate  {'unknown' if rate is None else f'{rate:.4g} Hz'}",
    ]
    for candidate in values["candidates"]:
        size = " x ".join(map(str, candidate["shape"]))
        lines.append(
            f"  candidate   {candidate['variable']} ({size}, {candidate['dtype']}): {candidate['reason']}"
        )
    lines.extend(f"  note        {warning}" for warning in values["warnings"])
    return "\n".join(lines)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
