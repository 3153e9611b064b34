"""Starts a worker: `python -m worker`, with any option of `celery worker` behind it."""

import sys

from worker.app import app

# Liveness is the worker's row: nothing is asked of or told to other workers through the broker.
_QUIET = ["--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "INFO"]

if __name__ == "__main__":
    app.worker_main(["worker", *_QUIET, *sys.argv[1:]])
