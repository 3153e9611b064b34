"""Checks of data sets: every image is read once, before anything is trained on it."""
