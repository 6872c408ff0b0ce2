"""Learning: data sets, simulation, training of the shipped models."""
