"""Click to segment: what a person marks, what an engine answers, and how the answer joins the mask there."""
