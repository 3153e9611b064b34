"""Celery workers: they claim a job, run its search and record what it tells."""
