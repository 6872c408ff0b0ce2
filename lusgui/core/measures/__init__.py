"""Measures of masks and of callipers: in mm and degrees, or refused with the reason."""
