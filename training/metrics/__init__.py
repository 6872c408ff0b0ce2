"""What a model is judged by: masks, probabilities, boxes and points against the truth."""
