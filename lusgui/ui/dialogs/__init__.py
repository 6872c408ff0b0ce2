"""Questions asked before something is done."""
