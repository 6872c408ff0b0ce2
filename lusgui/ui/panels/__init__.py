"""Docks and bars; each knows the session and none knows another."""
