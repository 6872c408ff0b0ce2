"""What stands beside every export: where it came from and how it was made."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lusgui import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SIDECAR_ENDING = ".provenance.json"


def make_provenance(
    *,
    source_file: str,
    sha256: str | None = None,
    variable: str | None = None,
    model_version: str | None = None,
    despeckle: Mapping[str, Any] | None = None,
    rater: str | None = None,
    **more: Any,  # noqa: ANN401 (anything JSON can say)
) -> dict[str, Any]:
    """Return the provenance of an export as plain values.

    Parameters
    ----------
    source_file : str
        Name of the recording's file, without its folder.
    sha256 : str or None
        Hash of that file's content.
    variable : str or None
        Variable inside it.
    model_version : str or None
        Model that proposed the masks.
    despeckle : mapping or None
        Settings of the despeckling.
    rater : str or None
        Who drew or accepted.
    **more
        Further facts, e.g. the threshold.
    """
    return {
        "source_file": source_file,
        "sha256": sha256,
        "variable": variable,
        "lusgui_version": __version__,
        "model_version": model_version,
        "despeckle": None if despeckle is None else dict(despeckle),
        "rater": rater,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "note": "Research use only, not a medical device.",
    } | more


def write_sidecar(path: Path, provenance: Mapping[str, Any], files: Iterable[str]) -> None:
    """Write provenance as JSON, with the names of the files that it speaks of."""
    content = dict(provenance) | {"files": sorted(files)}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
