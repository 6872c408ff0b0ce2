"""Callipers and known ages, kept among the settings of a study: one entry a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lusgui.core.measures.drawn import Drawn, drawn_from_json
from lusgui.io.study_codec import is_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lusgui.io.study import Study

SETTING = "callipers"
"""Settings of a study that hold callipers begin so; a point and the recording's number follow."""

AGE_SETTING = "known_age"
"""Setting of a study: weeks of gestation by recording, where they are known otherwise."""

_MOST_WEEKS = 100
"""A file that says more says nothing."""


def read_callipers(study: Study, recording_id: int) -> dict[int, tuple[Drawn, ...]]:
    """Return the callipers of a recording by frame; what is no calliper is left out."""
    kept = study.settings.setting(f"{SETTING}.{recording_id}")
    found: dict[int, tuple[Drawn, ...]] = {}
    if not isinstance(kept, dict):
        return found
    for frame, values in kept.items():
        if not is_count(frame) or not isinstance(values, list):
            continue
        drawn = tuple(one for value in values if (one := drawn_from_json(value)) is not None)
        if drawn:
            found[int(frame)] = drawn
    return found


def write_callipers(study: Study, recording_id: int, frames: Mapping[int, tuple[Drawn, ...]]) -> None:
    """Keep the callipers of a recording, instead of those that were kept."""
    study.settings.set_setting(f"{SETTING}.{recording_id}", callipers_to_json(frames))


def callipers_to_json(frames: Mapping[int, tuple[Drawn, ...]]) -> dict[str, Any]:
    """Return callipers by frame as plain values."""
    return {str(frame): [one.to_json() for one in drawn] for frame, drawn in sorted(frames.items())}


def read_known_ages(study: Study) -> dict[int, float]:
    """Return the known gestational age in weeks by recording."""
    kept = study.settings.setting(AGE_SETTING)
    if not isinstance(kept, dict):
        return {}
    return {
        int(key): float(weeks)
        for key, weeks in kept.items()
        if is_count(key) and isinstance(weeks, (int, float)) and 0 < weeks < _MOST_WEEKS
    }


def write_known_ages(study: Study, ages: Mapping[int, float]) -> None:
    """Keep the known gestational ages, instead of those that were kept."""
    study.settings.set_setting(AGE_SETTING, ages_to_json(ages))


def ages_to_json(ages: Mapping[int, float]) -> dict[str, Any]:
    """Return known ages by recording as plain values."""
    return {str(recording_id): round(float(weeks), 3) for recording_id, weeks in sorted(ages.items())}
