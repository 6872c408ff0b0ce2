"""Labels, raters, worklist, models, place and stored probabilities of a study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from lusgui.base.errors import StudyError
from lusgui.core.edits import now_utc
from lusgui.core.label import Label
from lusgui.io.study_codec import from_json, pack_probability, to_json, unpack_probability
from lusgui.io.study_schema import labels, meta, model_versions, predictions, raters, worklist

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.prediction_key import PredictionKey
    from lusgui.io.study_database import Database

READING = "reading"
"""Setting of a study that is a blinded second read: who reads of which study what, and if it is finished."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,57}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


class StudySettings:
    """The small tables of a study.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # labels

    def labels(self) -> tuple[Label, ...]:
        """Return the labels in their order."""
        rows = self._database.rows(select(labels).order_by(labels.c.position, labels.c.key))
        return tuple(
            Label(
                row.key,
                str(row.name),
                row.color if _COLOR.fullmatch(row.color) else "#BBBBBB",
                row.max_components,
            )
            for row in rows
            if _KEY.fullmatch(row.key)
        )

    def put_label(self, label: Label) -> None:
        """Add a label, or give a known one another name, colour or number of components.

        Raises
        ------
        StudyError
            If key or colour cannot be stored.
        """
        if not _KEY.fullmatch(label.key) or not _COLOR.fullmatch(label.color) or not label.name.strip():
            raise StudyError(
                f"'{label.name or label.key}' cannot be a label", remedy="Use letters, digits and _"
            )
        values: dict[str, Any] = {
            "name": label.name.strip(),
            "color": label.color,
            "max_components": label.max_components,
        }
        with self._database.writing() as connection:
            last = connection.execute(select(func.max(labels.c.position))).scalar()
            statement = upsert(labels).values(
                key=label.key, position=0 if last is None else last + 1, **values
            )
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    # raters

    def raters(self) -> tuple[str, ...]:
        """Return everybody who drew or decided in this study, in order of appearance."""
        rows = self._database.rows(select(raters.c.name).order_by(raters.c.first_seen, raters.c.name))
        return tuple(row.name for row in rows)

    def add_rater(self, name: str) -> None:
        """Remember a rater; a known one stays."""
        with self._database.writing() as connection:
            statement = upsert(raters).values(name=name, first_seen=now_utc())
            connection.execute(statement.on_conflict_do_nothing())

    # worklist

    def worklist(self) -> list[tuple[int, int]]:
        """Return (recording id, 0-based frame) of the worklist in its order."""
        query = select(worklist.c.recording_id, worklist.c.frame).order_by(worklist.c.position)
        return [(row.recording_id, row.frame) for row in self._database.rows(query)]

    def set_worklist(self, frames: Sequence[tuple[int, int]]) -> None:
        """Replace the worklist; a frame named twice is taken once."""
        with self._database.writing() as connection:
            connection.execute(delete(worklist))
            rows = [
                {"position": position, "recording_id": recording_id, "frame": frame}
                for position, (recording_id, frame) in enumerate(dict.fromkeys(frames))
            ]
            if rows:
                connection.execute(insert(worklist), rows)

    # place and other settings

    def setting(self, key: str) -> Any:  # noqa: ANN401
        """Return a setting (plain JSON values), or None."""
        row = self._database.one(select(meta.c.value).where(meta.c.key == key))
        return None if row is None else from_json(row.value)

    def set_setting(self, key: str, value: object) -> None:
        """Write a setting."""
        text = to_json(value)
        with self._database.writing() as connection:
            statement = upsert(meta).values(key=key, value=text)
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": text}))

    def lock_reason(self) -> str | None:
        """Return why nothing in this study may be changed any more; None where it may."""
        said = self.setting(READING)
        if not isinstance(said, dict) or not said.get("locked_at"):
            return None
        return f"the second read by {said.get('reader', 'somebody')} is finished"

    def unlock_copy(self) -> None:
        """Let a copy of a second read that is finished be a study like any other."""
        if self.lock_reason() is not None:
            with self._database.writing() as connection:
                connection.execute(delete(meta).where(meta.c.key == READING))

    # models and their stored answers

    def model_versions(self) -> dict[str, dict[str, Any]]:
        """Return the cards of the models that were used here, by their key."""
        rows = self._database.rows(select(model_versions).order_by(model_versions.c.added_at))
        return {row.key: from_json(row.card) for row in rows}

    def add_model_version(self, key: str, name: str, label: str, card: Mapping[str, Any]) -> None:
        """Remember a model that was used here."""
        values = {"name": name, "label": label, "card": to_json(dict(card)), "added_at": now_utc()}
        with self._database.writing() as connection:
            connection.execute(upsert(model_versions).values(key=key, **values).on_conflict_do_nothing())

    def prediction(self, key: PredictionKey, shape: tuple[int, int]) -> NDArray[np.float32] | None:
        """Return a stored probability (H, W), or None."""
        query = select(predictions.c.probability).where(_is_prediction(key))
        row = self._database.one(query)
        return None if row is None else unpack_probability(row.probability, shape)

    def put_prediction(self, key: PredictionKey, probability: NDArray[Any]) -> None:
        """Store a probability (H, W); it takes the place of other models' answers for that frame."""
        c = predictions.c
        values = {"made_at": now_utc(), "probability": pack_probability(probability)}
        with self._database.writing() as connection:
            connection.execute(
                delete(predictions).where(
                    c.recording_id == key.recording_id, c.frame == key.frame, c.label == key.label
                )
            )
            connection.execute(
                insert(predictions).values(
                    recording_id=key.recording_id,
                    frame=key.frame,
                    label=key.label,
                    despeckle_key=key.despeckle_key,
                    model_version=key.model_version,
                    **values,
                )
            )

    def predicted_frames(self, recording_id: int, despeckle_key: str, model_version: str) -> set[int]:
        """Return the frames of a recording that a model has answered for."""
        c = predictions.c
        query = select(c.frame).where(
            c.recording_id == recording_id,
            c.despeckle_key == despeckle_key,
            c.model_version == model_version,
        )
        return {row.frame for row in self._database.rows(query)}

    def drop_predictions(self, recording_id: int) -> None:
        """Forget the stored probabilities of a recording."""
        with self._database.writing() as connection:
            connection.execute(delete(predictions).where(predictions.c.recording_id == recording_id))


def _is_prediction(key: PredictionKey) -> Any:  # noqa: ANN401
    c = predictions.c
    return and_(
        c.recording_id == key.recording_id,
        c.frame == key.frame,
        c.label == key.label,
        c.despeckle_key == key.despeckle_key,
        c.model_version == key.model_version,
    )
