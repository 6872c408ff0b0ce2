"""A folder a run: what was asked for, on what data, by which code, and what came of it."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime
import enum
import hashlib
import io
import json
import pickle
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.atomic import atomic_path, explain_os_error, make_folder
from lusgui.base.errors import OverwriteRefusedError, UnreadableFileError
from training.engine.distributed import leads_here
from training.engine.settings import FREE_FIELDS

if TYPE_CHECKING:
    from torch import nn

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

CONFIG, FACTS, DATA, CURVES, LOG, STATE = (
    "config.yaml",
    "run.json",
    "data.json",
    "curves.csv",
    "log.jsonl",
    "state.pt",
)

PACKAGES = ("lusgui", "torch", "numpy", "scipy", "scikit-image", "monai", "safetensors", "pillow", "tifffile")


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """A run's folder; `create` makes it or opens it again.

    Parameters
    ----------
    path : Path
        The folder: ``config.yaml``, ``run.json`` (seed, code, machine), ``data.json`` (SHA-256 of pixels and
        masks), ``curves.csv``, ``log.jsonl``, ``state.pt``, ``best.safetensors``, ``last.safetensors``.
    card : ModelCard, optional
        With it, weights are written as models that ``lusgui segment --model`` takes (half precision);
        without, as plain float32 safetensors.
    """

    path: Path
    card: ModelCard | None = None

    @classmethod
    def create(
        cls,
        path: Path,
        config: Mapping[str, Any],
        seed: int,
        data: Sequence[Sample],
        *,
        card: ModelCard | None = None,
    ) -> RunFolder:
        """Make the folder of a run, or open it again to go on if it is this very run's.

        Parameters
        ----------
        path : Path
            New, empty, or made by an earlier call with the same configuration (but for time budget and
            device), seed and data.
        config : mapping
            Everything that was asked for: plain values, dataclasses, paths.
        seed : int
            Of the run.
        data : sequence of Sample
            What is learnt from and judged on.
        card : ModelCard, optional
            See the class.

        Raises
        ------
        OverwriteRefusedError
            If the folder holds something else: another run, or files that are no run's.
        WriteFailedError
            If it cannot be written.
        """
        path = Path(path)
        folder = cls(path, card)
        if not leads_here():
            return folder
        wanted = plain(config)
        hashes = hash_samples(data)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            folder._check(wanted, seed, hashes)
            # time and device may have changed
            _write(path / CONFIG, _dump(wanted))
            folder.log("opened again")
            return folder
        facts = {
            "seed": seed,
            "data_sha256": digest(hashes),
            "started": _now(),
            "git": git_state(),
            "environment": environment(),
        }
        texts = {
            DATA: json.dumps(hashes, indent=1, ensure_ascii=False) + "\n",
            FACTS: json.dumps(facts, indent=1, ensure_ascii=False) + "\n",
            # last, so that a folder with a configuration is complete
            CONFIG: _dump(wanted),
        }
        make_folder(path)
        try:
            for name, text in texts.items():
                _write(path / name, text)
        except BaseException:
            # half a beginning would be taken for somebody else's folder when the same run is asked for again
            for name in texts:
                with contextlib.suppress(OSError):
                    (path / name).unlink(missing_ok=True)
            raise
        folder.log("created")
        return folder

    def _check(self, wanted: object, seed: int, hashes: list[dict[str, Any]]) -> None:
        import yaml

        def refuse(cause: str) -> OverwriteRefusedError:
            return OverwriteRefusedError(cause, path=self.path, remedy="Choose another folder")

        if not self.path.is_dir():
            raise refuse("it is a file, not a folder")
        try:
            stored = yaml.safe_load((self.path / CONFIG).read_text(encoding="utf-8"))
            facts = json.loads((self.path / FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise refuse("it is not empty and holds no run") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise refuse("it holds a run whose records are damaged") from error
        asked = yaml.safe_load(_dump(wanted))
        others = [name for name in differing(stored, asked) if name.rpartition(".")[2] not in FREE_FIELDS]
        if not isinstance(facts, dict) or others:
            raise refuse(f"it holds a run with other settings ({', '.join(others[:4])})")
        if facts.get("seed") != seed:
            raise refuse(f"it holds a run with seed {facts.get('seed')}")
        if facts.get("data_sha256") != digest(hashes):
            raise refuse("it holds a run on other data")

    def log(self, event: str, **values: Any) -> None:  # noqa: ANN401
        """Append an event with plain values to ``log.jsonl``."""
        line = json.dumps({"time": _now(), "event": event, **plain(values)}, ensure_ascii=False)
        self._append(self.path / LOG, line + "\n")

    def append_row(self, row: Mapping[str, float]) -> None:
        """Append an epoch to ``curves.csv``; a column that is new makes the file be written anew."""
        path = self.path / CURVES
        rows = self.rows()
        names = list(rows[0]) if rows else list(row)
        if set(row) <= set(names) and rows:
            self._append(path, _csv([row], names, header=False))
            return
        names += [name for name in row if name not in names]
        _write(path, _csv([*rows, row], names, header=True))

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of ``curves.csv`` as text."""
        path = self.path / CURVES
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def keep_rows(self, epochs: int) -> None:
        """Drop the rows after an epoch, which a resumption writes again."""
        rows = self.rows()
        kept = [row for row in rows if (row.get("epoch") or "").isdigit() and int(row["epoch"]) <= epochs]
        if len(kept) < len(rows):
            _write(self.path / CURVES, _csv(kept, list(rows[0]), header=True) if kept else "")

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Write tensors and plain values whole or not at all.

        Raises
        ------
        WriteFailedError
            If the disk is full or the like.
        """
        import torch

        with atomic_path(self.path / STATE, overwrite=True) as temporary, temporary.open("wb") as stream:
            try:
                torch.save(dict(state), stream)
            except RuntimeError as error:
                # torch closes its archive after a write that failed, and tells of that alone
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from None
                raise

    def load_state(self) -> dict[str, Any] | None:
        """Return what `save_state` wrote, on the CPU; None if there is nothing.

        Raises
        ------
        UnreadableFileError
            If the file is damaged.
        """
        import torch

        path = self.path / STATE
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise UnreadableFileError(
                "the state of the run is damaged", path=path, remedy="Remove it to start the run anew"
            ) from error
        return state

    def save_weights(self, name: str, network: nn.Module) -> Path:
        """Write ``<name>.safetensors``; adapters are merged into the weights they adapt.

        Returns
        -------
        Path
            The file.
        """
        from safetensors.torch import save

        from lusgui.nn.checkpoint import save_model
        from lusgui.nn.conv_lora import has_adapters, merge

        path = self.path / f"{name}.safetensors"
        kept = merge(network) if has_adapters(network) else network
        if self.card is not None:
            save_model(path, kept, self.card, overwrite=True)
            return path
        state = {key: value.detach().cpu().contiguous() for key, value in kept.state_dict().items()}
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_bytes(save(state, metadata={"format": "pt"}))
        return path

    def _append(self, path: Path, text: str) -> None:
        try:
            with path.open("a", encoding="utf-8", newline="") as stream:
                stream.write(text)
        except OSError as error:
            raise explain_os_error(error, path) from error


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as YAML and JSON know it: mappings, lists, text, numbers, None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return str(value)


def differing(stored: object, wanted: object, prefix: str = "") -> list[str]:
    """Return the dotted names of entries that differ between two plain values."""
    if isinstance(stored, dict) and isinstance(wanted, dict):
        names = [*stored, *(name for name in wanted if name not in stored)]
        start = f"{prefix}." if prefix else ""
        pairs = [(f"{start}{name}", stored.get(name), wanted.get(name)) for name in names]
        return [found for name, old, new in pairs for found in differing(old, new, name)]
    return [] if stored == wanted else [prefix or "everything"]


def hash_samples(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Return name, group and the SHA-256 of pixels and of the truth of every sample: masks, boxes, points."""
    return [
        {
            "name": sample.name,
            "group": sample.group,
            "pixels": hash_array(sample.frame),
            "masks": {label: hash_array(mask) for label, mask in sorted(sample.masks.items())},
            "places": digest(plain({"boxes": sample.boxes, "points": sample.points})),
        }
        for sample in samples
    ]


def hash_array(values: np.ndarray) -> str:
    """Return the SHA-256 (hexadecimal) of dtype, shape and values."""
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 (hexadecimal) of a plain value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def git_state() -> dict[str, Any] | None:
    """Return the commit of this code and whether files differ from it; None outside a checkout."""
    here = Path(__file__).resolve()

    def ask(*words: str) -> str:
        outcome = subprocess.run(
            ["git", "-C", str(here.parent), *words], capture_output=True, text=True, timeout=20, check=True
        )
        return outcome.stdout.strip()

    try:
        # an installed copy inside somebody's checkout is not of that checkout
        ask("ls-files", "--error-unmatch", here.name)
        return {
            "commit": ask("rev-parse", "HEAD"),
            "dirty": bool(ask("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        return None


def environment() -> dict[str, str]:
    """Return the versions of Python, the machine's kind and the packages that shape results."""
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _dump(value: object) -> str:
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text


def _csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str], *, header: bool) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _write(path: Path, text: str) -> None:
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
