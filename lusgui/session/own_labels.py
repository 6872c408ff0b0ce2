"""Each recording has a label of its own: the one last drawn there, shown again when one comes back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lusgui.core.annotation import Status
from lusgui.core.label import IGNORE_LABEL
from lusgui.session.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "labels"
"""Name in the study's settings: recording number (as text) to label key."""


class OwnLabels(Work):
    """The part of a session that lets the present label follow the recording.

    A person who draws ribs in one recording and cerebella in another shall not have to say so at every
    change between the two. What a person chooses counts for the recording that is looked at; a recording
    where nobody chose takes the label that was drawn in it, the one with which it was left, or the present.
    """

    def __init__(self) -> None:
        super().__init__()
        self._own_labels: dict[int, str] = {}
        self._left_with: dict[int, str] = {}
        self._label_notes: dict[int, str] = {}
        self._seen_recording: int | None = None
        self._is_following = False
        self.view.events.label.connect(self._label_was_chosen)

    def label_of(self, recording_id: int) -> str | None:
        """Return the label of a recording: that chosen there, else that drawn most, else None."""
        chosen = self._own_labels.get(recording_id)
        if chosen is not None and self.label(chosen) is not None:
            return chosen
        statuses = self.statuses(recording_id).items()
        drawn = Counter(label for (_frame, label), status in statuses if status is not Status.UNTOUCHED)
        for label in tuple(drawn):
            # what is to be ignored is drawn beside a structure, never instead of one
            if label == IGNORE_LABEL.key or self.label(label) is None:
                del drawn[label]
        return max(drawn, key=lambda label: (drawn[label], label)) if drawn else None

    def choose_label(self, label: str) -> None:
        """Draw a label from now on; choosing the present one says that it is right for this recording."""
        self.view.label = label
        self._label_was_chosen(label)

    def label_note(self, recording_id: int) -> str:
        """Return what is to be said of how a recording came to its label; mostly nothing."""
        return self._label_notes.get(recording_id, "")

    def suggest_label(self, recording_id: int, label: str | None, note: str = "") -> bool:
        """Let a recording where nobody chose begin with a label; None leaves the present one.

        Parameters
        ----------
        recording_id : int
            Which recording.
        label : str or None
            What it shall begin with.
        note : str
            Why, or why not, in one sentence.

        Returns
        -------
        bool
            Whether the suggestion was taken; not where a person chose in the meantime.
        """
        if self.label_of(recording_id) is not None:
            return False
        if label is not None and self.label(label) is not None:
            self._own_labels[recording_id] = label
            self._keep_own_labels()
            if self.current_recording_id == recording_id:
                self._follow(label)
        self._note(recording_id, note)
        return True

    def _note(self, recording_id: int, note: str) -> None:
        if note != self._label_notes.get(recording_id, ""):
            self._label_notes[recording_id] = note
            self.label_note_changed.emit(recording_id)

    def _label_was_chosen(self, label: str) -> None:
        recording_id = self.current_recording_id
        if self._is_following or recording_id is None or self.label(label) is None:
            return
        if label == IGNORE_LABEL.key:
            return
        if self._own_labels.get(recording_id) != label:
            self._own_labels[recording_id] = label
            self._keep_own_labels()
        self._note(recording_id, "")

    def _follow(self, label: str) -> None:
        self._is_following = True
        try:
            self.view.label = label
        finally:
            self._is_following = False

    def _follow_place(self) -> None:
        """Take the label of the recording that is looked at, or the one with which it was left."""
        before, recording_id = self._seen_recording, self.current_recording_id
        if before is not None and before != recording_id:
            self._left_with[before] = self.view.label
        self._seen_recording = recording_id
        if recording_id is None:
            return
        if before == recording_id and self.view.label == IGNORE_LABEL.key:
            return  # whoever draws what is to be ignored goes on with it on the next frame
        label = self.label_of(recording_id)
        if label is None and before != recording_id:
            label = self._left_with.get(recording_id)
        if label is not None and self.label(label) is not None:
            self._follow(label)

    def _place_changed(self) -> None:
        super()._place_changed()
        self._follow_place()

    def _keep_own_labels(self) -> None:
        """Let the session write the labels of the recordings when it next writes the place."""

    def _take_own_labels(self, stored: object) -> None:
        """Take what the study holds; anything that is not sound is left aside.

        Of a study that knows nothing of it yet, the place keeps the label it was left with.
        """
        self._own_labels, self._label_notes, self._left_with = {}, {}, {}
        self._seen_recording = None
        if isinstance(stored, dict):
            self._own_labels = {
                int(number): label
                for number, label in stored.items()
                if isinstance(label, str) and str(number).isascii() and str(number).isdecimal()
            }

    def _own_labels_to_json(self) -> Mapping[str, str]:
        return {str(number): label for number, label in sorted(self._own_labels.items())}
