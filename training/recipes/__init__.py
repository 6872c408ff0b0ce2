"""One file a trained system."""
