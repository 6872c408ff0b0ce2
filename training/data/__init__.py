"""Data sets in every layout people keep them in, splits that do not leak, boxes."""
