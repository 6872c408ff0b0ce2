"""The one open study: owns all state and says what changed. No Qt, no torch."""
