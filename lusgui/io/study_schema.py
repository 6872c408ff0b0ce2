"""The tables of a study file, and what makes a SQLite file a study."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from lusgui.io.study_types import Bytes, Number, Text, Whole

APPLICATION_ID = 0x6C757367
"""``lusg``: written into the header of every study file."""

SCHEMA_VERSION = 4
"""Written as ``user_version``; raised with every change of the tables, together with a migration."""

APPLIED, UNDONE, DISCARDED, BASE = 0, 1, 2, 3
"""State of a journal entry: in force, taken back, taken back and then drawn over, brought by another study.

What another study brought is in force, and out of the reach of undo.
"""

IN_FORCE = (APPLIED, BASE)
"""States in which an entry counts."""

metadata = MetaData()

recordings = Table(
    "recordings",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("position", Whole, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("relative_path", Text),
    Column("variable", Text),
    Column("sha256", Text),
    Column("size_bytes", Whole, nullable=False),
    Column("mtime_ns", Whole, nullable=False),
    Column("recipe", Text),
    Column("frames", Whole, nullable=False),
    Column("rows", Whole, nullable=False),
    Column("cols", Whole, nullable=False),
    Column("spacing_row_mm", Number),
    Column("spacing_col_mm", Number),
    Column("intensity", Text, nullable=False),
    Column("frame_rate_hz", Number),
    Column("frame_numbers", Text),
    Column("mapping", Text),
    Column("removed_at", Text),
    CheckConstraint("frames > 0 AND rows > 0 AND cols > 0", name="recordings_have_pixels"),
    Index("recordings_by_hash", "sha256"),
    sqlite_autoincrement=True,
)

labels = Table(
    "labels",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("color", Text, nullable=False),
    Column("max_components", Whole),
    Column("position", Whole, nullable=False),
)

planes = Table(
    "annotations",
    metadata,
    Column("recording_id", Whole, ForeignKey("recordings.id"), primary_key=True),
    Column("frame", Whole, primary_key=True),
    Column("label", Text, ForeignKey("labels.key"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("area_px", Whole, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("mask", Bytes),
    Index("annotations_status", "recording_id", "frame", "label", "status", "area_px"),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Whole, primary_key=True),
    Column("state", Whole, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("journal_state", "state", "seq"),
    sqlite_autoincrement=True,
)

journal_patches = Table(
    "journal_patches",
    metadata,
    Column("seq", Whole, ForeignKey("journal.seq"), primary_key=True),
    Column("recording_id", Whole, primary_key=True),
    Column("frame", Whole, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("row0", Whole),
    Column("col0", Whole),
    Column("row1", Whole),
    Column("col1", Whole),
    Column("status_before", Text),
    Column("status_after", Text),
    Column("flipped", Bytes),
    Index("journal_patches_by_plane", "recording_id", "frame", "label", "seq"),
)

raters = Table(
    "raters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("first_seen", Text, nullable=False),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    Column("reason", Text),
    Column("detail", Text, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("label", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("parent_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("run_id", Whole, ForeignKey("runs.id")),
    Column("data", Text, nullable=False),
    Column("scores", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("replaces", Whole),
    Column("deleted_at", Text),
    Index("versions_one_active", "label", unique=True, sqlite_where=text("state = 'active'")),
    UniqueConstraint("run_id", "label", name="versions_one_a_run"),
    sqlite_autoincrement=True,
)

marks = Table(
    "marks",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("recording_id", Whole, ForeignKey("recordings.id"), nullable=False),
    Column("frame", Whole, nullable=False),
    Column("label", Text, ForeignKey("labels.key"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("row0", Number, nullable=False),
    Column("col0", Number, nullable=False),
    Column("row1", Number, nullable=False),
    Column("col1", Number, nullable=False),
    Column("rater", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("marks_by_plane", "recording_id", "frame", "label", "kind"),
    sqlite_autoincrement=True,
)

journal_marks = Table(
    "journal_marks",
    metadata,
    Column("seq", Whole, ForeignKey("journal.seq"), primary_key=True),
    Column("position", Whole, primary_key=True),
    Column("recording_id", Whole, nullable=False),
    Column("frame", Whole, nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("journal_marks_by_plane", "recording_id", "frame", "label", "seq"),
)

notes = Table(
    "notes",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("recording_id", Whole, ForeignKey("recordings.id"), nullable=False),
    Column("frame", Whole, nullable=False),
    Column("label", Text, ForeignKey("labels.key"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("settled", Whole, nullable=False),
    Index("notes_by_plane", "recording_id", "frame", "label"),
)

journal_notes = Table(
    "journal_notes",
    metadata,
    Column("seq", Whole, ForeignKey("journal.seq"), primary_key=True),
    Column("position", Whole, primary_key=True),
    Column("recording_id", Whole, nullable=False),
    Column("frame", Whole, nullable=False),
    Column("label", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("journal_notes_by_plane", "recording_id", "frame", "label", "seq"),
)

readings = Table(
    "readings",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("recording_id", Whole, ForeignKey("recordings.id"), primary_key=True),
    Column("frame", Whole, primary_key=True),
    Column("label", Text, ForeignKey("labels.key"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("area_px", Whole, nullable=False),
    Column("digest", Text, nullable=False),
    Column("mask", Bytes),
    Index("readings_by_plane", "recording_id", "frame", "label", "digest", "status"),
)

worklist = Table(
    "worklist",
    metadata,
    Column("position", Whole, primary_key=True),
    Column("recording_id", Whole, ForeignKey("recordings.id"), nullable=False),
    Column("frame", Whole, nullable=False),
    UniqueConstraint("recording_id", "frame", name="worklist_once"),
)

predictions = Table(
    "predictions",
    metadata,
    Column("recording_id", Whole, ForeignKey("recordings.id"), primary_key=True),
    Column("frame", Whole, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("despeckle_key", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("made_at", Text, nullable=False),
    Column("probability", Bytes, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


def describe_ddl() -> str:
    """Return the statements that make the tables, as SQLite gets them."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    dialect = sqlite.dialect()
    lines = []
    for table in metadata.sorted_tables:
        lines.append(str(CreateTable(table).compile(dialect=dialect)).strip() + ";")
        lines += [
            str(CreateIndex(index).compile(dialect=dialect)).strip() + ";"
            for index in sorted(table.indexes, key=lambda i: str(i.name))
        ]
    return "\n".join(line.rstrip() for block in lines for line in block.splitlines())
