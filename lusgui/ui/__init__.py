"""The window: draws the session and turns gestures into session calls."""
