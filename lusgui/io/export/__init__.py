"""Masks and despeckled frames as files for other programs: one module a format."""

from __future__ import annotations

from lusgui.io.export.from_study import export_study

__all__ = ["export_study"]
