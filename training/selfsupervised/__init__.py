"""Learning from frames without masks: what is hidden or spoiled is to be rebuilt."""
