"""What becomes of a model's masks when the frame is not as it was taught: one module a kind of change."""
