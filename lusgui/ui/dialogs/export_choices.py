"""The form of the export: labels, recordings, formats, folder and names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr
from lusgui.core.despeckle import BEST
from lusgui.io.export.names import DEFAULT_TEMPLATE, FIELDS, check_template, file_base
from lusgui.ui.dialogs.choose import Kind, choose
from lusgui.ui.dialogs.frame import dim, heading
from lusgui.ui.panels.labels import swatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lusgui.session.session import Session

ENDINGS = {"tiff": "tif", "mat": "mat", "png": "png", "csv": "csv"}


class Choices(QWidget):
    """What the person chose for an export.

    Parameters
    ----------
    session : Session
        Whose study.

    Signals
    -------
    changed()
        Anything was chosen differently.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(36)
        grid.setVerticalSpacing(14)
        grid.addLayout(self._what(), 0, 0)
        grid.addLayout(self._as_what(), 0, 1)
        grid.addLayout(self._where(), 1, 0, 1, 2)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        for button in (
            *self.labels.values(),
            *self.formats.values(),
            self.despeckled,
            self.current,
            self.reviewed,
        ):
            button.toggled.connect(self._refresh)
        for box in (self.mat_version, self.layout_box):
            box.currentIndexChanged.connect(self._refresh)
        for line in (self.folder_line, self.template):
            line.textChanged.connect(self._refresh)
        self._refresh()

    def _what(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(heading(tr("What")))
        self.labels: dict[str, QCheckBox] = {}
        counts = self._counts()
        for label in self._session.labels:
            box = QCheckBox(tr("{name}   ({get} reviewed)", name=label.name, get=counts.get(label.key, 0)))
            box.setIcon(swatch(label.color))
            box.setChecked(True)
            box.setToolTip(tr("Masks of {name}", name=label.name))
            column.addWidget(box)
            self.labels[label.key] = box
        column.addSpacing(6)
        row = self._session.row(self._session.current_recording_id or -1)
        self.all = QRadioButton(tr("All recordings ({count})", count=len(self._session.recording_rows())))
        self.all.setToolTip(tr("Every recording of the study"))
        self.current = QRadioButton(tr("Only {name}", name=row.name) if row else "Only the present recording")
        self.current.setToolTip(tr("The recording that is looked at"))
        self.current.setEnabled(row is not None)
        self.reviewed = QRadioButton("Reviewed frames")
        self.reviewed.setToolTip(tr("Frames with a mask of yours, or of which you said “nothing here”"))
        self.every = QRadioButton("All frames; those not reviewed are empty")
        self.every.setToolTip(tr("Files then have as many frames as the recordings"))
        self.all.setChecked(True)
        self.reviewed.setChecked(True)
        for pair in ((self.all, self.current), (self.reviewed, self.every)):
            group = QButtonGroup(self)
            for button in pair:
                group.addButton(button)
                column.addWidget(button)
            column.addSpacing(6)
        column.addStretch(1)
        return column

    def _as_what(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(heading(tr("As what")))
        self.formats: dict[str, QCheckBox] = {}
        self.layout_box = QComboBox()
        self.layout_box.addItem(tr("one file, a page a frame"), False)
        self.layout_box.addItem(tr("one file a frame"), True)
        self.mat_version = QComboBox()
        self.mat_version.addItem(tr("v5, up to 2 GB"), "5")
        self.mat_version.addItem(tr("v7.3 (HDF5), any size"), "7.3")
        facts = (
            (
                "tiff",
                "TIFF",
                "0 and 255, with the spacing that ImageJ reads",
                self.layout_box,
                "Pages of TIFF files",
            ),
            (
                "mat",
                "MATLAB",
                "mask_<label>, frames, spacing_mm, status, provenance",
                self.mat_version,
                "Kind of MAT file",
            ),
            ("png", "PNG", "0 and 255, one file a frame", None, ""),
            (
                "csv",
                "Centre points and boxes (CSV)",
                "A table of all points and boxes of these labels, in pixels and mm, whether reviewed or not",
                None,
                "",
            ),
        )
        has_marks = any(self._session.marks_of(row.id) for row in self._session.recording_rows())
        for name, title, tooltip, extra, extra_name in facts:
            box = QCheckBox(title)
            box.setToolTip(tooltip)
            box.setChecked(name in ("tiff", "mat") or (name == "csv" and has_marks))
            self.formats[name] = box
            row = QHBoxLayout()
            row.addWidget(box)
            row.addStretch(1)
            if extra is not None:
                extra.setAccessibleName(extra_name)
                extra.setToolTip(extra_name)
                extra.setFixedWidth(210)
                row.addWidget(extra)
            column.addLayout(row)
        column.addSpacing(6)
        self.despeckled = QCheckBox("Despeckled images too")
        self.despeckled.setToolTip(
            tr("32-bit, in the recording’s own amplitude state; TIFF, and inside MAT files")
        )
        column.addWidget(self.despeckled)
        self.despeckle_note = dim(tr("With the best wavelet filter; this takes a moment for each frame."))
        column.addWidget(self.despeckle_note)
        column.addStretch(1)
        return column

    def _where(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(heading(tr("Where to")))
        study = self._session.study_path
        self.folder_line = QLineEdit(str((study.parent if study else Path.home()) / "export"))
        self.folder_line.setAccessibleName(tr("Folder"))
        self.folder_line.setToolTip(tr("Made if it is not there"))
        browse = QPushButton("Choose…")
        browse.setAutoDefault(False)
        browse.setToolTip(tr("Choose a folder"))
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.folder_line, 1)
        row.addWidget(browse)
        column.addLayout(row)
        self.template = QLineEdit(DEFAULT_TEMPLATE)
        self.template.setAccessibleName(tr("File names"))
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        self.template.setToolTip(tr("From {fields}", fields=fields))
        self.example = QLabel()
        self.example.setObjectName("hint")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(QLabel("Names"))
        row.addWidget(self.template)
        row.addWidget(self.example, 1)
        column.addLayout(row)
        return column

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for row in self._session.recording_rows():
            for (_frame, key), status in self._session.statuses(row.id).items():
                counts[key] = counts.get(key, 0) + status.is_reviewed
        return counts

    def _browse(self) -> None:
        start = self.folder()
        choose(
            self,
            tr("Export to"),
            Kind.FOLDER,
            lambda paths: self.folder_line.setText(str(paths[0])),
            start=start if start.is_dir() else start.parent,
        )

    def folder(self) -> Path:
        """Return the folder to write to."""
        return Path(self.folder_line.text().strip()).expanduser()

    def problem(self) -> str:
        """Return why nothing can be exported like this; empty when it can."""
        if not any(box.isChecked() for box in self.labels.values()):
            return tr("Choose at least one label.")
        if not any(box.isChecked() for box in self.formats.values()):
            return tr("Choose at least one format.")
        if not self.folder_line.text().strip():
            return tr("Choose a folder.")
        try:
            check_template(self.template.text())
        except LusguiError as error:
            return error.message
        return ""

    def arguments(self) -> dict[str, Any]:
        """Return the choices as ``export_study`` takes them."""
        row = self._session.row(self._session.current_recording_id or -1)
        is_current = self.current.isChecked() and row is not None
        return {
            "out_dir": self.folder(),
            "formats": [name for name, box in self.formats.items() if box.isChecked()],
            "mat_version": self.mat_version.currentData(),
            "template": self.template.text(),
            "labels": [key for key, box in self.labels.items() if box.isChecked()],
            "recordings": [row.name] if is_current and row is not None else None,
            "reviewed_only": self.reviewed.isChecked(),
            "despeckle": BEST if self.despeckled.isChecked() else None,
            "one_file_a_frame": bool(self.layout_box.currentData()),
        }

    def to_json(self) -> dict[str, Any]:
        """Return what is worth remembering."""
        return {
            "folder": self.folder_line.text(),
            "template": self.template.text(),
            "formats": [name for name, box in self.formats.items() if box.isChecked()],
            "mat_version": self.mat_version.currentData(),
            "one_file_a_frame": bool(self.layout_box.currentData()),
            "despeckled": self.despeckled.isChecked(),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take over what `to_json` returned; anything unusable leaves the default."""
        formats = kept.get("formats")
        if isinstance(formats, list) and set(formats) & set(self.formats):
            for name, box in self.formats.items():
                box.setChecked(name in formats)
        for line, name in ((self.folder_line, "folder"), (self.template, "template")):
            if isinstance(kept.get(name), str) and kept[name]:
                line.setText(kept[name])
        self.mat_version.setCurrentIndex(max(self.mat_version.findData(kept.get("mat_version")), 0))
        self.layout_box.setCurrentIndex(1 if kept.get("one_file_a_frame") is True else 0)
        self.despeckled.setChecked(kept.get("despeckled") is True)

    def _refresh(self, *_: object) -> None:
        self.mat_version.setEnabled(self.formats["mat"].isChecked())
        self.layout_box.setEnabled(self.formats["tiff"].isChecked())
        self.despeckle_note.setVisible(self.despeckled.isChecked())
        self.example.setText(self._example())
        self.changed.emit()

    def _example(self) -> str:
        rows = self._session.recording_rows()
        label = next((key for key, box in self.labels.items() if box.isChecked()), "rib")
        kind = next((name for name, box in self.formats.items() if box.isChecked()), "tiff")
        study = self._session.study_path
        values = {
            "stem": rows[0].path.stem if rows else "recording",
            "label": {"mat": "masks", "csv": "marks"}.get(kind, label),
            "study": study.stem if study else "study",
            "rater": self._session.rater,
            "date": f"{datetime.now(tz=UTC).astimezone():%Y-%m-%d}",
        }
        try:
            check_template(self.template.text())
        except LusguiError:
            return ""
        return tr(
            "e.g. {file_base}.{ending}",
            file_base=file_base(self.template.text(), **values),
            ending=ENDINGS[kind],
        )
