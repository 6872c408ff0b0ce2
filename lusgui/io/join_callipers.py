"""Callipers and known ages of studies that are joined: of all readers, or the first where one can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from lusgui.io.study_callipers import (
    AGE_SETTING,
    SETTING,
    ages_to_json,
    callipers_to_json,
    read_callipers,
    read_known_ages,
)
from lusgui.io.study_codec import to_json
from lusgui.io.study_schema import meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lusgui.core.measures.drawn import Drawn
    from lusgui.io.join_sources import Source


def copy_callipers(connection: Connection, sources: Sequence[Source]) -> None:
    """Write the callipers of all sources; of two that stand for one measure, that of the first source."""
    joined: dict[int, dict[int, tuple[Drawn, ...]]] = {}
    ages: dict[int, float] = {}
    for source in sources:
        known = read_known_ages(source.study)
        for own, target in source.recordings.items():
            if own in known:
                ages.setdefault(target, known[own])
            for frame, drawn in read_callipers(source.study, own).items():
                there = joined.setdefault(target, {}).get(frame, ())
                roles = {one.role for one in there if one.role}
                new = tuple(one for one in drawn if one not in there and one.role not in roles)
                joined[target][frame] = there + new
    for recording_id, frames in joined.items():
        value = to_json(callipers_to_json(frames))
        connection.execute(insert(meta).values(key=f"{SETTING}.{recording_id}", value=value))
    if ages:
        connection.execute(insert(meta).values(key=AGE_SETTING, value=to_json(ages_to_json(ages))))
