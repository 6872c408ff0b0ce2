"""Torch networks, their checkpoints, and the inference worker."""
