"""What centre points and boxes teach: a start for the segmentation, and a detector."""
