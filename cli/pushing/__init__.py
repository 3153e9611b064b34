"""Sends folders and archives of images in parts, and goes on where it was after any end."""
