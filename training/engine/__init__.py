"""The learning engine: one loop for every task, resumable, cancellable, on one process or many."""
