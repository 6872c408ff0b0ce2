"""Simulated ultrasound with known truth."""
