"""A sentence on every page that is written meanwhile, such as that the numbers of a tiny run mean nothing."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY_RUN = "Tiny run: shows that every step works; its numbers mean nothing."

_said: ContextVar[tuple[str, ...]] = ContextVar("notices of pages", default=())


def notices() -> tuple[str, ...]:
    """Return what pages must say now."""
    return _said.get()


@contextmanager
def tiny_run(is_tiny: bool = True) -> Iterator[None]:
    """Let every page written within say that it is of a tiny run, if it is one."""
    token = _said.set((*_said.get(), TINY_RUN) if is_tiny else _said.get())
    try:
        yield
    finally:
        _said.reset(token)
