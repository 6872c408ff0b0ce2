"""Files in and out: recordings, the study database, exports."""
