"""`pdarts worker`: the Celery workers of this machine, one for each GPU, until Ctrl-C."""

import os

from cli.gpus import visible_gpus
from cli.home import open_home
from cli.programs import worker_programs
from cli.stop_signals import caught
from cli.terminal import say
from cli.watch import running
from store.settings import Settings
from store.wording import number_of


def run_workers(settings: Settings) -> None:
    """Run this machine's workers until Ctrl-C or SIGTERM.

    Raises:
        CliError: they cannot start, or do not stay up.
    """
    home = open_home(settings)
    programs = worker_programs(settings, home, visible_gpus(os.environ), logs=None)
    with caught() as stop_signals, running([programs], stop_signals) as watch:
        names = ", ".join(program.name for program in programs)
        say(f"{number_of(len(programs), 'worker')} started: {names}")
        watch.until_told_to_stop()
