"""What this process counts about its requests."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.process_collector import ProcessCollector

UNKNOWN_ROUTE = "unknown"
"""Stands for all paths that do not exist."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class RequestMetrics:
    """The requests of one application, and its process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(namespace="pdarts_api", registry=self.registry)
        self._requests = Counter(
            "pdarts_http_requests",
            "Requests that were answered, by route, method and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "pdarts_http_request_seconds",
            "Time until an answer begins. Waiting that the client asks for counts.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. The route is a template, so that there are few."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)
