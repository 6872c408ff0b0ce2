"""The card of a model: everything needed to rebuild it, feed it rightly, and judge its claims."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import ModelError
from lusgui.core.contrast import PLAIN, ContrastSettings
from lusgui.core.despeckle import OFF, DespeckleSettings
from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB
from lusgui.core.networks import (
    NETWORKS,
    TASKS,
    check_arguments,
    check_input_fits,
    check_input_shape,
    count_labels,
)
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.intensity import DisplayMapping

CARD_KEY = "lusgui_card"
"""Name of the card in a safetensors header's metadata."""

MAX_CARD_CHARS = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")


@dataclass(frozen=True)
class ModelCard:
    """What a model is.

    Parameters
    ----------
    name : str
        How people and the command line call it; letters, digits, ``. _ -``.
    version : str
        Version of this model, e.g. ``1.0``.
    architecture : str
        Name in ``lusgui.core.networks``.
    arguments : mapping
        Arguments of the architecture.
    labels : tuple of str
        Label key of each output channel, of each point of a localizer, or of each class of a detector.
    input_shape : tuple of int
        Rows and columns of the network's input; those it was built for, where it has a dense layer.
    intensity : Intensity
        State of the numbers the network was taught on: ``display`` for gray in [0, 1] after log
        compression, ``linear`` for amplitude relative to 0 dB, ``db`` for decibels below it.
    dynamic_range_db : float
        Width of the log compression of linear recordings.
    despeckle : mapping or None
        ``DespeckleSettings.to_json()`` of what is to be done to a frame first; None for nothing.
    contrast : mapping or None
        ``ContrastSettings.to_json()`` of what is done to gray on the raw grid; None for nothing.
    mean, std : float
        The network sees (value - mean) / std.
    bfloat16_dice : float
        Least Dice between the masks of bfloat16 and of float32 over held-out frames; 0 when never measured.
    mixed_dice : float
        The same of mixed precision: the first blocks in float32, the others in bfloat16.
    temperature, bias : float
        The probability is the sigmoid of logit / temperature + bias, so that it comes true as often as it
        says (``training.metrics.calibration.fit_temperature``); 1 and 0 leave the network's own.
    least_mass : float
        Components whose probabilities sum to less than this share of the frame's pixels fade
        (`lusgui.core.fading`); 0 for none.
    crops_margins : float
        Share of an axis from which on black margins are cut off before the network sees the frame
        (`lusgui.core.margins`); 0 for never.
    threshold : float
        Probability from which a pixel belongs to the mask, unless the person says otherwise.
    data, split, licence, date, notes : str
        What it learnt from, how that was split, terms, day of training, remarks.
    seed : int or None
        Seed of the training.
    scores : mapping
        Scores on held-out recordings, with their numbers of frames and recordings.
    parent : str
        Key of the model it was fine-tuned from; empty for none.
    digest : str
        SHA-256 of the stored weights (hexadecimal); filled in when the model is saved.
    """

    name: str
    version: str
    architecture: str
    labels: tuple[str, ...]
    input_shape: tuple[int, int]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    intensity: Intensity = Intensity.DISPLAY
    dynamic_range_db: float = DEFAULT_DYNAMIC_RANGE_DB
    despeckle: Mapping[str, Any] | None = None
    contrast: Mapping[str, Any] | None = None
    mean: float = 0.0
    std: float = 1.0
    bfloat16_dice: float = 0.0
    mixed_dice: float = 0.0
    temperature: float = 1.0
    bias: float = 0.0
    least_mass: float = 0.0
    crops_margins: float = 0.0
    threshold: float = 0.5
    data: str = ""
    split: str = ""
    seed: int | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    date: str = ""
    licence: str = ""
    notes: str = ""
    parent: str = ""
    digest: str = ""

    @property
    def key(self) -> str:
        """Identify these very answers: name, version, first digits of the weights' digest, calibration."""
        key = f"{self.name}-{self.version}" + (f"-{self.digest[:8]}" if self.digest else "")
        if (self.temperature, self.bias) != (1.0, 0.0):
            key += f"-t{self.temperature:g}b{self.bias:g}"
        if self.crops_margins:
            key += f"-m{self.crops_margins:g}"
        return key

    @property
    def task(self) -> str:
        """Whether the network gives masks (``segment``), points (``locate``) or boxes (``detect``)."""
        return NETWORKS[self.architecture].task

    def require_task(self, task: str, path: Path | None = None) -> None:
        """Refuse a model that does something else.

        Parameters
        ----------
        task : {"segment", "locate", "detect"}
            What is wanted.
        path : Path, optional
            The model's file, for the message.

        Raises
        ------
        ModelError
            If the model's network has another task.
        """
        if self.task != task:
            raise ModelError(
                f"the model {self.name} gives {TASKS[self.task]}, not {TASKS[task]} ({self.architecture})",
                path=path,
                remedy=f"Take a model that gives {TASKS[task]}",
            )

    @property
    def despeckle_settings(self) -> DespeckleSettings:
        """What is to be done to a frame before the network sees it.

        Raises
        ------
        ModelError
            If the card names a despeckling that does not exist.
        """
        if self.despeckle is None:
            return OFF
        try:
            return DespeckleSettings.from_json(self.despeckle)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError("the card names a despeckling that is not known here") from error

    @property
    def contrast_settings(self) -> ContrastSettings:
        """What is done to gray before it is brought to the network's size."""
        return PLAIN if self.contrast is None else ContrastSettings.from_json(self.contrast)

    def mapping_for(self, mapping: DisplayMapping) -> DisplayMapping:
        """Return a recording's mapping with the dynamic range that the network was taught on."""
        return mapping.with_dynamic_range(self.dynamic_range_db)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file or a message."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {
            "arguments": dict(self.arguments),
            "labels": list(self.labels),
            "input_shape": list(self.input_shape),
            "intensity": str(self.intensity),
            "despeckle": None if self.despeckle is None else dict(self.despeckle),
            "contrast": None if self.contrast is None else dict(self.contrast),
            "scores": dict(self.scores),
        }

    @classmethod
    def from_json(cls, values: object) -> ModelCard:
        """Build a card from untrusted plain values.

        Raises
        ------
        ModelError
            If anything is missing, of the wrong type, or makes no sense. Unknown entries are ignored,
            so that cards of later versions stay readable.
        """
        if not isinstance(values, Mapping):
            raise ModelError("the model's card is not a table")
        known = {item.name for item in fields(cls)}
        given = {key: value for key, value in values.items() if key in known}
        missing = {"name", "version", "architecture", "labels", "input_shape"} - given.keys()
        if missing:
            raise ModelError(f"the model's card says nothing about '{sorted(missing)[0]}'")
        architecture = _text(given, "architecture", 64)
        arguments = check_arguments(architecture, given.get("arguments", {}))
        labels = _labels(given["labels"])
        outputs = count_labels(architecture, arguments)
        if outputs != len(labels):
            raise ModelError(f"the network has {outputs} outputs for {len(labels)} labels")
        input_shape = check_input_shape(given["input_shape"])
        check_input_fits(architecture, arguments, input_shape)
        try:
            intensity = Intensity(given.get("intensity", Intensity.DISPLAY))
        except ValueError as error:
            raise ModelError("the card's intensity is neither linear, db nor display") from error
        despeckle = given.get("despeckle")
        if despeckle is not None and not isinstance(despeckle, Mapping):
            raise ModelError("the card's despeckling is not a table")
        contrast = given.get("contrast")
        if contrast is not None:
            try:
                contrast = ContrastSettings.from_json(contrast).to_json()
            except ValueError as error:
                raise ModelError(f"the card's contrast makes no sense: {error}") from error
        seed = given.get("seed")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ModelError("the card's seed is not a whole number")
        scores = given.get("scores", {})
        if not isinstance(scores, Mapping):
            raise ModelError("the card's scores are not a table")
        try:
            json.dumps([scores, despeckle], allow_nan=False)
        except ValueError as error:
            raise ModelError("the card holds a number that is not one") from error
        name = _text(given, "name", 64)
        version = _text(given, "version", 64)
        if not _NAME.fullmatch(name) or not _NAME.fullmatch(version):
            raise ModelError("a model's name and version hold only letters, digits, '.', '_' and '-'")
        return cls(
            name=name,
            version=version,
            architecture=architecture,
            labels=labels,
            input_shape=input_shape,
            arguments=arguments,
            intensity=intensity,
            dynamic_range_db=_number(given, "dynamic_range_db", DEFAULT_DYNAMIC_RANGE_DB, 1.0, 200.0),
            despeckle=None if despeckle is None else dict(despeckle),
            contrast=contrast,
            mean=_number(given, "mean", 0.0, -1e3, 1e3),
            std=_number(given, "std", 1.0, 1e-6, 1e3),
            bfloat16_dice=_number(given, "bfloat16_dice", 0.0, 0.0, 1.0),
            mixed_dice=_number(given, "mixed_dice", 0.0, 0.0, 1.0),
            temperature=_number(given, "temperature", 1.0, 1e-2, 1e2),
            bias=_number(given, "bias", 0.0, -20.0, 20.0),
            least_mass=_number(given, "least_mass", 0.0, 0.0, 1.0),
            crops_margins=_number(given, "crops_margins", 0.0, 0.0, 1.0),
            threshold=_number(given, "threshold", 0.5, 0.0, 1.0),
            data=_text(given, "data"),
            split=_text(given, "split"),
            seed=seed,
            scores=dict(scores),
            date=_text(given, "date", 64),
            licence=_text(given, "licence"),
            notes=_text(given, "notes"),
            parent=_text(given, "parent", 200),
            digest=_text(given, "digest", 64),
        )

    def dumps(self) -> str:
        """Return the card as JSON text, keys in order, for people to read."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def parse_card(text: str) -> ModelCard:
    """Read a card from JSON text that nobody vouches for.

    Raises
    ------
    ModelError
        If it is no JSON, or not a sound card.
    """
    if len(text) > MAX_CARD_CHARS:
        raise ModelError("the model's card is too long")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError("the model's card is no JSON") from error
    return ModelCard.from_json(values)


def _labels(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 32:
        raise ModelError("the model's card names no labels")
    if not all(isinstance(item, str) and _LABEL.fullmatch(item) for item in value):
        raise ModelError("a label's key holds only letters, digits and '_'")
    if len(set(value)) != len(value):
        raise ModelError("the model's card names a label twice")
    return tuple(value)


def _text(values: Mapping[str, Any], key: str, longest: int = 100_000) -> str:
    value = values.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        raise ModelError(f"the card's '{key}' is not a text of at most {longest} characters")
    return value


def _number(values: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ModelError(f"the card's '{key}' is not a number")
    if not low <= value <= high:
        raise ModelError(f"the card's '{key}' must be between {low:g} and {high:g}")
    return float(value)
