"""What is tried on the way from simulated to real frames: one change to the reference at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REFERENCE = "reference"


@dataclass(frozen=True)
class Inference:
    """What is done when a trained network answers.

    Parameters
    ----------
    mirrored : bool
        Average the answer with that to the frame mirrored left to right.
    flipped : bool
        Average it with that to the frame upside down, too.
    stretched : bool
        Stretch each frame's gray so that its 1st and 99th percentile become black and white, whatever the
        machine's gain and compression were (normalisation at test time).
    """

    mirrored: bool = False
    flipped: bool = False
    stretched: bool = False


PLAIN = Inference()


@dataclass(frozen=True)
class Variant:
    """One line of the ablation.

    Parameters
    ----------
    key : str
        Its name on the command line; the same whatever the reference is.
    title : str
        What differs from the reference, for people.
    changes : mapping
        Fields of the options with their values.
    inference : Inference
        How it answers; a variant that only differs here needs no training of its own.
    """

    key: str
    title: str
    changes: Mapping[str, Any]
    inference: Inference = PLAIN


@dataclass(frozen=True)
class Change:
    """A change that is turned around where the reference has it already.

    Parameters
    ----------
    key : str
        Name of the variant.
    added, removed : str
        Title where the reference is without it, and where it has it.
    on, off : mapping
        Fields with it and without it.
    """

    key: str
    added: str
    removed: str
    on: Mapping[str, Any]
    off: Mapping[str, Any]

    def against(self, reference: object) -> Variant:
        """Return the variant that differs from a reference in this."""
        has_it = any(getattr(reference, name, value) != value for name, value in self.off.items())
        return Variant(self.key, self.removed, self.off) if has_it else Variant(self.key, self.added, self.on)


_AT_TEST_TIME = Variant(
    "stretched", "gray stretched to its percentiles (test time)", {}, Inference(stretched=True)
)
_FOURIER = Change(
    "fourier",
    "Fourier amplitude mixing added",
    "without Fourier amplitude mixing",
    {"fourier": 0.5},
    {"fourier": 0.0},
)
_GRAY = Change("gray", "gray curves varied", "gray curves not varied", {"gray": 1.0}, {"gray": 0.0})
_EMA = Change(
    "ema", "averaged weights (EMA)", "last weights, not averaged (EMA)", {"ema": 0.99}, {"ema": 0.0}
)

# what only answers otherwise comes first, for it takes no training
RIB: tuple[Change | Variant, ...] = (
    Variant("tta", "answers to the mirrored frame averaged in (TTA)", {}, Inference(mirrored=True)),
    _AT_TEST_TIME,
    Change(
        "drawn",
        "drawn ribs learnt too",
        "no drawn rib, only what is simulated or implanted",
        {"drawn": "all"},
        {"drawn": "none"},
    ),
    Variant(
        "no-simulation",
        "drawn ribs and ribless frames alone",
        # a frame of a kind must be there; none of it is learnt
        {
            "drawn": "all",
            "steps_before": 0,
            "made": 0,
            "simulated_plain": 1,
            "simulated_wide": 0,
            "implanted": 0,
        },
    ),
    Change(
        "implanted", "implanted ribs added", "without implanted ribs", {"implanted": 300}, {"implanted": 0}
    ),
    _FOURIER,
    Change(
        "ultrasound",
        "ultrasound augmentation added",
        "without ultrasound augmentation",
        {"ultrasound": 0.5},
        {"ultrasound": 0.0},
    ),
    Variant("fewer-masks", "only the first 85 drawn frames", {"drawn": "first"}),
    Change(
        "wide",
        "wide simulation added",
        "without the wide simulation",
        {"simulated_wide": 300},
        {"simulated_wide": 0},
    ),
    Change(
        "plain",
        "plain simulation added",
        "without the plain simulation",
        {"simulated_plain": 300},
        {"simulated_plain": 0},
    ),
    Change(
        "self-supervised",
        "real frames filled in first",
        "without filling in real frames first",
        {"self_supervised": 400},
        {"self_supervised": 0},
    ),
    Change(
        "before",
        "simulation first, then all",
        "everything at once, no first training",
        {"steps_before": 600},
        {"steps_before": 0},
    ),
    _GRAY,
    _EMA,
)
"""What is tried for the rib, in order of interest."""

CEREBELLUM: tuple[Change | Variant, ...] = (
    Variant(
        "tta",
        "answers to mirrored and upside-down planes averaged in (TTA)",
        {},
        Inference(mirrored=True, flipped=True),
    ),
    _AT_TEST_TIME,
    Change("zoom", "coarse, then fine", "one network on the whole plane", {"zoom": True}, {"zoom": False}),
    Change(
        "up-down",
        "upside-down views added",
        "without upside-down views",
        {"up_down": True},
        {"up_down": False},
    ),
    Variant("from-scratch", "the fine network starts from nothing", {"before": "nothing"}),
    Variant("self-supervised", "the fine network fills in real frames first", {"before": "self"}),
    Variant("heads", "the fine network learns simulated heads first", {"before": "heads"}),
    _FOURIER,
    Variant("one-label", "the cerebellum alone, without vermis and cistern", {"labels": ("cerebellum",)}),
    _GRAY,
    _EMA,
)
"""What is tried for the cerebellum, in order of interest."""

CHANGES: Mapping[str, tuple[Change | Variant, ...]] = {"rib": RIB, "cerebellum": CEREBELLUM}


def variants_of(label: str, reference: object, title: str = "as shipped") -> list[Variant]:
    """Return the reference and what is compared with it, in order of interest.

    Parameters
    ----------
    label : str
        ``rib`` or ``cerebellum``.
    reference : dataclass
        What variants are compared with; a change that it has no field for, or that changes nothing, is left
        out.
    title : str
        What people read of it.
    """
    known = {item.name for item in fields(reference)}  # type: ignore[arg-type]
    found = [Variant(REFERENCE, title, {})]
    for change in CHANGES[label]:
        variant = change.against(reference) if isinstance(change, Change) else change
        if not variant.changes.keys() <= known:
            continue
        is_other = any(getattr(reference, name) != value for name, value in variant.changes.items())
        if is_other or variant.inference != PLAIN:
            found.append(variant)
    return found


def is_wanted(label: str, key: str, only: Sequence[str]) -> bool:
    """Whether a variant is among those asked for: by label, by name, or as ``label/name``; all if none is."""
    return not only or any(name in (label, key, f"{label}/{key}") for name in only)


def check_only(only: Iterable[str], known: Mapping[str, Sequence[Variant]]) -> None:
    """Refuse names that mean nothing.

    Raises
    ------
    LusguiError
        Naming what there is.
    """
    names = {variant.key for variants in known.values() for variant in variants} | known.keys()
    names |= {f"{label}/{variant.key}" for label, variants in known.items() for variant in variants}
    for name in only:
        if name not in names:
            listed = "; ".join(
                f"{label}: {', '.join(variant.key for variant in variants)}"
                for label, variants in known.items()
            )
            raise LusguiError(f"there is no variant '{name[:60]}'", remedy=f"Known: {listed}")


def with_settings(label: str, options: Any, settings: Sequence[str]) -> Any:  # noqa: ANN401
    """Return options with each ``label.field=value`` (or ``field=value``) applied, but not other labels'.

    Raises
    ------
    LusguiError
        If a setting cannot be read or the options have no such field.
    """
    changes: dict[str, Any] = {}
    for text in settings:
        name, _, value = text.partition("=")
        scope, _, key = name.rpartition(".")
        if not value or scope not in ("", *CHANGES):
            raise LusguiError(f"'{text[:60]}' is no setting", remedy="Write label.field=value")
        if scope in ("", label):
            changes[key] = _read(options, key, value)
    return replace(options, **changes)


def _read(options: Any, key: str, value: str) -> Any:  # noqa: ANN401
    known = [item.name for item in fields(options)]
    if key not in known:
        raise LusguiError(f"the options have no '{key[:60]}'", remedy=f"Known: {', '.join(known)}")
    before = getattr(options, key)
    try:
        if isinstance(before, bool):
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        if isinstance(before, tuple):
            kind = type(before[0]) if before else str
            return tuple(kind(part) for part in value.split(","))
        return type(before)(value)
    except (ValueError, KeyError):
        raise LusguiError(f"'{value[:40]}' cannot be '{key}'", remedy=f"It is {before!r} now") from None
