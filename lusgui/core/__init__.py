"""Pure functions and frozen dataclasses on numpy arrays; no Qt, no torch, no files."""
