"""The page Review: comments, flags, readers, warnings, and how a mask came about."""
