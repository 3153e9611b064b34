"""Celery workers: they claim a job, run it and record what it reports."""

import os

# Read when torch's OpenMP is loaded, so before any module here. Threads that wait spin for some
# 10 µs, and then sleep. If they slept at once, they would have to be woken for each operation,
# which takes longer than most operations of a small search. If they spun for long, as they do by
# default, they would take the processor from the thread they wait for whenever something else is
# running: a small search took more than five times as long.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
