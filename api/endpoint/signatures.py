"""Endpoints inside functions of the same parameters, which FastAPI reads off their signatures."""

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def parameters_of_type(endpoint: Callable[..., Any], annotation: Any) -> list[str]:
    """Return the names of an endpoint's parameters of a type."""
    parameters = inspect.signature(endpoint).parameters
    return [name for name, found in parameters.items() if found.annotation == annotation]


def wrapping(
    endpoint: Callable[..., Any], run: Callable[..., Any], **types: Any
) -> Callable[..., Any]:
    """Return what is run in place of an endpoint, with the endpoint's name and parameters.

    Args:
        endpoint: the endpoint.
        run: takes all parameters by their names.
        types: parameters of another type than the endpoint's, or new ones. The new ones come first:
            FastAPI resolves them before, and lets go of them after, the others.
    """
    signature = inspect.signature(endpoint)
    own = [
        parameter.replace(kind=_KEYWORD, annotation=types.pop(name, parameter.annotation))
        for name, parameter in signature.parameters.items()
    ]
    new = [inspect.Parameter(name, _KEYWORD, annotation=kind) for name, kind in types.items()]
    update_wrapper(run, endpoint)
    run.__signature__ = signature.replace(parameters=[*new, *own])  # type: ignore[attr-defined]
    return run
