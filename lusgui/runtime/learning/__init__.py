"""Runs of learning beside the window: who starts them, hears them, and lets a new model answer."""
