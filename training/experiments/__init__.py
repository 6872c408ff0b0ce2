"""Published claims put to the test: one module an experiment, with its numbers, figures and page."""
