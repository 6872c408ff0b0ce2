"""Boxes around structures, by the grid of YOLO: targets, loss, views, decoding, scores."""
