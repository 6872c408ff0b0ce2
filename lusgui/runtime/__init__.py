"""QtCore only: the inference client, frame loading, background jobs."""
