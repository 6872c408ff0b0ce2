"""lusgui.core.click.engine: what counts as an engine."""

from __future__ import annotations

from lusgui.core.click.engine import ClickEngine, Embedding


class Complete:
    name = "complete"
    nbytes = 8

    def embed(self, gray: object, spacing_ratio: float = 1.0) -> object:
        return self

    def answer(
        self, embedding: object, prompt: object, previous: object, *, is_preview: bool = False
    ) -> None: ...


def test_an_engine_is_known_by_what_it_can_do() -> None:
    assert isinstance(Complete(), ClickEngine)
    assert isinstance(Complete().embed(None), Embedding)
    assert not isinstance(object(), ClickEngine)
