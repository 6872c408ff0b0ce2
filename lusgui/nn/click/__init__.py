"""Click to segment with a network: a coarse answer over the frame, a fine one around the object."""
