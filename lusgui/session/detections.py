"""Boxes that a detector found in the open study; they are shown and worked on, and are nobody's drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import LearnError
from lusgui.core.detections import FILE, LEAST_CONFIDENCE, Detection, Detections
from lusgui.session.marks import Marking

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.annotation import PlaneKey
    from lusgui.io.study import Study

SETTING = "detections"


class Detecting(Marking):
    """The part of a session that keeps what detectors found."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Detections] = {}
        self._found_by_frame: dict[tuple[int, int, str], tuple[Detection, ...]] = {}
        self._found_in: Study | None = None

    def detections(self, key: PlaneKey) -> tuple[Detection, ...]:
        """Return the boxes of a frame and label that are sure enough to be shown, surest first."""
        self._read_found()
        return self._found_by_frame.get((key.recording_id, key.frame, key.label), ())

    def detections_of(self, label: str) -> Detections | None:
        """Return everything that a detector found of a label, or None where none has looked."""
        self._read_found()
        return self._found.get(label)

    def take_detections(self, found: Detections) -> bool:
        """Keep what a detector found in place of what an earlier one found; return whether it was kept."""
        with self.guarded("What the detector found was not kept"):
            if self._study is None:
                return False
            self._study.check_writable()
            for name, values in self.settings_with(found).items():
                self._study.settings.set_setting(name, values)
            self.reread_detections()
            return True
        return False

    def settings_with(self, found: Detections) -> dict[str, object]:
        """Return the settings of the study as they are once these detections are kept."""
        self._read_found()
        kept = {**self._found, found.label: found}
        return {SETTING: {label: each.to_json() for label, each in kept.items()}}

    def settings_of_run(self, folder: Path) -> dict[str, object]:
        """Return the settings that change with what the run in a folder found; none where it found nothing.

        Raises
        ------
        LearnError
            If the run's file is not sound.
        """
        path = folder / FILE
        if not path.is_file():
            return {}
        return self.settings_with(Detections.loads(path.read_bytes()))

    def reread_detections(self) -> None:
        """Show what the study now holds."""
        self._found_in = None
        self._read_found()
        self.detections_changed.emit()

    def _read_found(self) -> None:
        if self._study is self._found_in:
            return
        self._found_in = self._study
        kept: dict[str, Detections] = {}
        with self.guarded("What a detector found cannot be read"):
            values = None if self._study is None else self._study.settings.setting(SETTING)
            for each in values.values() if isinstance(values, dict) else ():
                try:
                    found = Detections.from_json(each)
                except LearnError:  # boxes can be found again: nothing to trouble anybody with
                    continue
                kept[found.label] = found
        self._index(kept)

    def _index(self, kept: dict[str, Detections]) -> None:
        self._found, self._found_by_frame = kept, {}
        for label, each in kept.items():
            for one in sorted(each.found, key=lambda box: -box.confidence):
                if one.confidence >= LEAST_CONFIDENCE:
                    place = (one.recording_id, one.frame, label)
                    self._found_by_frame[place] = (*self._found_by_frame.get(place, ()), one)
