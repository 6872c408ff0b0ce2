"""Where a structure is, as a point; and a segmenter that grows on what was learnt for that."""
