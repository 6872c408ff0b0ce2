"""lusgui: annotate and segment ultrasound recordings. Research use only, not a medical device."""

__version__ = "0.1.0"
