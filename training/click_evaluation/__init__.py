"""How good answers to clicks are: clicks needed on structures and patients that were never learnt from."""
