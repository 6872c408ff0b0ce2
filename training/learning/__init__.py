"""Learning in the background: from a study's reviewed frames to a model that may take over."""
