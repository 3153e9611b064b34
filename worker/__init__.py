"""Celery workers: they claim a job, run it and record what it reports."""

import os

# Read when torch's OpenMP is loaded, so before any module here. Threads that spin while they wait
# take the processor from the thread they wait for whenever something else is running: a small
# search took more than ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
