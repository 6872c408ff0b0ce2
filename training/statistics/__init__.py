"""Whether a difference between models is one: tests, corrections, effect sizes and intervals."""
