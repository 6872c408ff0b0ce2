"""Finished trials on disk, one JSON file each, so that a kill costs one trial at most."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrialCache:
    """A folder of results, found again by everything they depend on.

    Parameters
    ----------
    folder : Path
        Made when the first result is kept.
    """

    folder: Path

    def path_of(self, key: Mapping[str, Any]) -> Path:
        """Return where the result of these settings is kept."""
        text = json.dumps(key, sort_keys=True, separators=(",", ":"), default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        stem = "-".join(
            re.sub(r"[^A-Za-z0-9.]+", "_", str(key[name]))[:24]
            for name in ("experiment", "data", "fraction", "variant", "fold", "seed")
            if name in key
        )
        return self.folder / f"{stem}-{digest}.json"

    def get(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the result kept for these settings; a damaged file is said in the log and counts as none."""
        path = self.path_of(key)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            result = kept["result"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s cannot be read and is computed again: %s", path.name, error)
            return None
        return result if isinstance(result, dict) else None

    def put(self, key: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keep a result; it appears whole or not at all.

        Raises
        ------
        WriteFailedError
            If the folder cannot be written.
        """
        with atomic_path(self.path_of(key), overwrite=True) as temporary:
            values = {"key": dict(key), "result": dict(result)}
            temporary.write_text(json.dumps(values, default=str) + "\n", encoding="utf-8")

    def compute(self, key: Mapping[str, Any], work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return the kept result, or do the work and keep it.

        Both ways the values are those of the file: what JSON cannot hold never reaches the caller.
        """
        kept = self.get(key)
        if kept is None:
            self.put(key, work())
            kept = self.get(key)
        if kept is None:
            raise ValueError("a result that was just written cannot be read")
        return kept
