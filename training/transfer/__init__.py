"""Learning that starts from other learning: fine-tuning, pre-training, cross-validation, the transfer lab."""
