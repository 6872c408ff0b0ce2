"""Begin a blinded second read: who reads, which labels, which frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QRadioButton, QWidget

from lusgui.base.translate import tr, trn
from lusgui.io.second_read import suggest_path
from lusgui.session.worklist import draw_random
from lusgui.ui.dialogs.frame import Frame, dim, heading, say, warning_label
from lusgui.ui.dialogs.worklist import number_box

if TYPE_CHECKING:
    from lusgui.session.session import Session


class SecondReadDialog(Frame):
    """Asks for what a second reader is to read, makes a study of it, and opens that.

    Parameters
    ----------
    session : Session
        Whose study is read again.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(
            "Blinded second read",
            "Somebody reads the same frames again, in a study of their own that holds nobody's masks,"
            " comments or model. This study stays as it is.",
            "readers",
            parent,
        )
        self.resize(560, 480)
        self._session = session
        self.reader = QLineEdit()
        self.reader.setPlaceholderText(tr("Name or initials of the second reader"))
        self.reader.setAccessibleName(tr("Second reader"))
        self.reader.setMaxLength(80)
        self.reader.setToolTip(tr("Written beside every mask of the second read"))
        form = QFormLayout()
        form.addRow(tr("Who reads"), self.reader)
        self.body.addLayout(form)
        self.body.addWidget(heading(tr("What is read")))
        self.labels: dict[str, QCheckBox] = {}
        for label in session.labels:
            count = len(session.second_reading.decided([label.key]))
            box = QCheckBox(
                trn(
                    "{name}: {count} frame drawn or decided",
                    "{name}: {count} frames drawn or decided",
                    count,
                    name=label.name,
                )
            )
            box.setEnabled(count > 0)
            box.setChecked(count > 0 and label.key == session.view.label)
            box.setToolTip(tr("The second reader draws this label"))
            box.toggled.connect(self._refresh)
            self.labels[label.key] = box
            self.body.addWidget(box)
        if not any(box.isChecked() for box in self.labels.values()):
            for box in self.labels.values():
                box.setChecked(box.isEnabled())
        self.body.addWidget(heading(tr("Which frames")))
        self.all_frames = QRadioButton()
        self.all_frames.setChecked(True)
        self.all_frames.setToolTip(tr("Every frame on which one of the labels was drawn or decided about"))
        self.some = QRadioButton("A random sample of")
        self.some.setToolTip(tr("Spread over the recordings; the same seed draws the same frames"))
        self.count = number_box(1, 100_000, 20, "Number of frames", "How many frames in all", " frames")
        self.seed = number_box(0, 999_999, 0, "Seed", "The same seed draws the same frames")
        self.body.addWidget(self.all_frames)
        sample = QFormLayout()
        sample.addRow(self.some, self.count)
        sample.addRow(tr("       Seed"), self.seed)
        self.body.addLayout(sample)
        self.where = dim()
        self.body.addWidget(self.where)
        self.note = dim()
        self.body.addWidget(self.note)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.body.addStretch(1)
        self.reader.textChanged.connect(self._refresh)
        self.all_frames.toggled.connect(self._refresh)
        self.count.valueChanged.connect(lambda _value: self.some.setChecked(True))
        self.seed.valueChanged.connect(lambda _value: self.some.setChecked(True))
        self.add_close("Cancel")
        self.begin = self.add_primary(
            tr("Begin"), self._begin, tr("Make the second reader's study and open it")
        )
        self._refresh()
        self.reader.setFocus()

    @property
    def chosen(self) -> list[str]:
        """Keys of the labels that are read."""
        return [key for key, box in self.labels.items() if box.isChecked()]

    def places(self) -> list[tuple[int, int]]:
        """Return the frames that are read."""
        found = self._session.second_reading.decided(self.chosen)
        if self.all_frames.isChecked():
            return found
        frames: dict[int, list[int]] = {}
        for recording_id, frame in found:
            frames.setdefault(recording_id, []).append(frame)
        return draw_random(frames, self.count.value(), self.seed.value())

    def _refresh(self, *_: object) -> None:
        found = self._session.second_reading.decided(self.chosen)
        self.all_frames.setText(tr("Every frame that was drawn or decided ({count})", count=len(found)))
        reader, path = self.reader.text().strip(), self._session.study_path
        is_ready = bool(reader) and bool(found) and path is not None
        self.begin.setEnabled(is_ready)
        if path is not None:
            self.where.setText(
                tr(
                    "The second read lies beside this study: {name}",
                    name=suggest_path(path, reader or "NAME").name,
                )
            )
        same = reader.casefold() in {name.casefold() for name in self._session.raters}
        self.note.setText(
            tr(
                "{reader} drew in this study already: the second read then tells how well a reader agrees"
                " with themselves.",
                reader=reader,
            )
            if same and reader
            else tr(
                "lusgui goes on in the second reader's study. While it lasts no model answers, clicking to"
                " segment rests; “Finish” in the Review menu locks it for good."
            )
        )
        why = (
            "" if any(box.isEnabled() for box in self.labels.values()) else "Nothing has been drawn here yet."
        )
        say(self.warning, why or ("" if found else tr("Choose a label.")))

    def _begin(self) -> None:
        path, reader = self._session.study_path, self.reader.text().strip()
        if path is None or not reader:
            return
        target = suggest_path(path, reader)
        labels, places, session = self.chosen, self.places(), self._session

        def begin() -> None:
            if session.second_reading.begin(target, reader, labels, places):
                self.accept()

        session.leaving.go(begin)
