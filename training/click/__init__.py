"""Teach a network to answer clicks: frames of many structures, simulated clicks, the course itself."""
