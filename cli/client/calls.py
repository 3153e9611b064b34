"""All calls that clients make, however they make them."""

from cli.client.dataset_calls import DatasetCalls
from cli.client.evaluation_calls import EvaluationCalls
from cli.client.genotype_calls import GenotypeCalls
from cli.client.search_calls import SearchCalls
from cli.client.service_calls import ServiceCalls
from cli.client.upload_calls import UploadCalls
from cli.client.weights_calls import WeightsCalls


class Calls(
    SearchCalls,
    EvaluationCalls,
    GenotypeCalls,
    WeightsCalls,
    UploadCalls,
    DatasetCalls,
    ServiceCalls,
):
    """The calls about every resource."""
