"""The states of a job, who moves it on from each, and what clients see."""

from enum import StrEnum


class JobState(StrEnum):
    """The state of a job; each comment says who moves it next."""

    QUEUED = "queued"  # a worker claims it; its owner cancels or pauses it
    RUNNING = "running"  # the attempt that holds the lease ends it; recovery, once it has expired
    PAUSED = "paused"  # its owner resumes or cancels it
    SUCCEEDED = "succeeded"  # nobody
    FAILED = "failed"  # its owner, by retrying it
    CANCELLED = "cancelled"  # nobody

    @property
    def is_final(self) -> bool:
        """Tell whether the job has ended."""
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


FINAL_STATES = tuple(state for state in JobState if state.is_final)


class Status(StrEnum):
    """What clients see: the state, or a request that a running job has yet to follow."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DeliveryState(StrEnum):
    """The state of a delivery to a webhook; each comment says who moves it next."""

    PENDING = "pending"  # a sender, when it is due
    SUCCEEDED = "succeeded"  # its owner, by sending it again
    DEAD = "dead"  # its owner, by sending it again


class EventLevel(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ErrorCode(StrEnum):
    """Why a job failed, so that clients can react."""

    OUT_OF_MEMORY = "out_of_memory"  # less batch, channels or layers
    DATASET_UNAVAILABLE = "dataset_unavailable"  # repair or provide the data set
    DATASET_CHANGED = "dataset_changed"  # bring back the images that it began with
    WEIGHTS_UNAVAILABLE = "weights_unavailable"  # send them again
    DEVICE_UNAVAILABLE = "device_unavailable"  # see to the worker's GPU, then try again
    DIVERGED = "diverged"  # a loss was not finite: a lower learning rate
    WORKER_LOST = "worker_lost"  # too many attempts in a row died
    INTERNAL = "internal"  # a defect: the log has the traceback


class GenotypeOrigin(StrEnum):
    """Where a genotype comes from."""

    SEARCH = "search"  # one of those that a search ended with
    DERIVED = "derived"  # from a search's last alphas, at limits for both kinds of cell
    IMPORTED = "imported"  # sent by its owner
