"""The image, its overlay and the tools that draw on it."""
