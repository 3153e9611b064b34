"""Looks through a data set: what is in it, what is wrong with it, and how it looks."""

from worker.datasets.inspection.contact_sheet import contact_sheet
from worker.datasets.inspection.inspect import inspect_folder

__all__ = ["contact_sheet", "inspect_folder"]
