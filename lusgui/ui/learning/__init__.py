"""Learning in the window: what happens, whether it got better, what to do next."""
