"""Standard library only: errors, atomic writes, paths, platform differences."""
