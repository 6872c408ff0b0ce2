"""Column types that check what comes out: a study file may come from anybody, and SQLite stores any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, Integer, LargeBinary
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeDecorator

from lusgui.base.errors import StudyError

if TYPE_CHECKING:
    from sqlalchemy import Dialect


def _damaged(value: object, wanted: str) -> StudyError:
    return StudyError(
        f"a value in it is of the wrong kind ({type(value).__name__} instead of {wanted})",
        remedy="Open a backup of the study",
    )


class Whole(TypeDecorator[int]):
    """A whole number."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ANN401
        """Let whole numbers and nothing through."""
        if value is None or type(value) is int:
            return value
        raise _damaged(value, "a whole number")


class Number(TypeDecorator[float]):
    """A number."""

    impl = Float
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> float | None:  # noqa: ANN401
        """Let numbers and nothing through."""
        if value is None or isinstance(value, int | float):
            return value
        raise _damaged(value, "a number")


class Text(TypeDecorator[str]):
    """Text."""

    impl = PlainText
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401
        """Let text and nothing through."""
        if value is None or type(value) is str:
            return value
        raise _damaged(value, "text")


class Bytes(TypeDecorator[bytes]):
    """Bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ANN401
        """Let bytes and nothing through."""
        if value is None or type(value) is bytes:
            return value
        raise _damaged(value, "bytes")
