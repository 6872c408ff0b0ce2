"""Reports of trainings and experiments: one page that opens anywhere, tables as CSV, figures as PNG."""
