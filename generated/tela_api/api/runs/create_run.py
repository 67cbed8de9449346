# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from contextlib import suppress
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.canvas_run import CanvasRun
from ...models.create_run import CreateRun
from ...models.error_body import ErrorBody
from ...types import Response


def _get_kwargs(
    *,
    body: CreateRun,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v2/chat/completions",
    }

    _kwargs["json"] = body.to_dict() if isinstance(body, CreateRun) else body

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CanvasRun | ErrorBody | None:
    # RecursionError: JSON that is nested too deep. ValueError: not JSON, not UTF-8, a number of too many digits.
    with suppress(RecursionError, TypeError, ValueError):
        if response.status_code == 200:
            return CanvasRun.from_dict(response.json())

        if response.status_code == 400:
            return ErrorBody.from_dict(response.json())

        if response.status_code == 401:
            return ErrorBody.from_dict(response.json())

        if response.status_code == 402:
            return ErrorBody.from_dict(response.json())

        if response.status_code == 403:
            return ErrorBody.from_dict(response.json())

        if response.status_code == 404:
            return ErrorBody.from_dict(response.json())

        if 400 <= response.status_code <= 499:
            return ErrorBody.from_dict(response.json())

        if 500 <= response.status_code <= 599:
            return ErrorBody.from_dict(response.json())

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def build_request(
    *,
    client: AuthenticatedClient,
    body: CreateRun,
) -> httpx.Request:
    """Build the request of this operation without sending it

    Args:
        body (CreateRun): What to run, and with what. Exactly one of `canvas_id` and `version_id`;
            `environment_name` is only for use with `canvas_id`.

    Raises:
        httpx.InvalidURL: The base URL of the client, or the path, is too long or holds characters that no URL can hold.

    Returns:
        httpx.Request: For any httpx client or transport to send. `read_response` reads what comes back.
    """

    return client.build_request(
        **_get_kwargs(
            body=body,
        )
    )


def read_response(
    response: httpx.Response, *, client: AuthenticatedClient | Client
) -> Response[CanvasRun | ErrorBody]:
    """Read a response to the request of this operation, whoever sent it

    Args:
        response (httpx.Response): The response, its body already read.

    Raises:
        errors.UnexpectedStatus: If the status is undocumented, or the body is not the documented one, and
            Client.raise_on_unexpected_status is True.

    Returns:
        Response[CanvasRun | ErrorBody]
    """

    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: CreateRun,
) -> Response[CanvasRun | ErrorBody]:
    """Start a canvas run

     Start a run of a canvas in the background, and get the run at once, usually as `created`. Every
    accepted request starts a new run, which is billed, and there is no idempotency key: do not repeat a
    request that may have reached the API.

    Args:
        body (CreateRun): What to run, and with what. Exactly one of `canvas_id` and `version_id`;
            `environment_name` is only for use with `canvas_id`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CanvasRun | ErrorBody]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return read_response(response, client=client)


def sync(
    *,
    client: AuthenticatedClient,
    body: CreateRun,
) -> CanvasRun | ErrorBody | None:
    """Start a canvas run

     Start a run of a canvas in the background, and get the run at once, usually as `created`. Every
    accepted request starts a new run, which is billed, and there is no idempotency key: do not repeat a
    request that may have reached the API.

    Args:
        body (CreateRun): What to run, and with what. Exactly one of `canvas_id` and `version_id`;
            `environment_name` is only for use with `canvas_id`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CanvasRun | ErrorBody
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: CreateRun,
) -> Response[CanvasRun | ErrorBody]:
    """Start a canvas run

     Start a run of a canvas in the background, and get the run at once, usually as `created`. Every
    accepted request starts a new run, which is billed, and there is no idempotency key: do not repeat a
    request that may have reached the API.

    Args:
        body (CreateRun): What to run, and with what. Exactly one of `canvas_id` and `version_id`;
            `environment_name` is only for use with `canvas_id`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CanvasRun | ErrorBody]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return read_response(response, client=client)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: CreateRun,
) -> CanvasRun | ErrorBody | None:
    """Start a canvas run

     Start a run of a canvas in the background, and get the run at once, usually as `created`. Every
    accepted request starts a new run, which is billed, and there is no idempotency key: do not repeat a
    request that may have reached the API.

    Args:
        body (CreateRun): What to run, and with what. Exactly one of `canvas_id` and `version_id`;
            `environment_name` is only for use with `canvas_id`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CanvasRun | ErrorBody
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
