"""Learning from what a clinician draws, as plain data: the job, what is said during it, what comes of it."""
