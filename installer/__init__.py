"""Set-up and packaging: standard library only."""
