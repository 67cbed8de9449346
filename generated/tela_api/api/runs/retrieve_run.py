# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from contextlib import suppress
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.canvas_run import CanvasRun
from ...models.error_body import ErrorBody
from ...types import Response, path_segment


def _get_kwargs(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/chat/completions/{id}".format(
            id=path_segment("id", id),
        ),
    }

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
    id: str,
    *,
    client: AuthenticatedClient,
) -> httpx.Request:
    """Build the request of this operation without sending it

    Args:
        id (str): The id of the run. Opaque, not a UUID.

    Raises:
        ValueError: A path parameter is empty, `.` or `..`.
        httpx.InvalidURL: The base URL of the client, or the path, is too long or holds characters that no URL can hold.

    Returns:
        httpx.Request: For any httpx client or transport to send. `read_response` reads what comes back.
    """

    return client.build_request(
        **_get_kwargs(
            id=id,
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
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[CanvasRun | ErrorBody]:
    """Retrieve a canvas run

     Retrieve the status and the details of one canvas run. A run goes from `created` through `running`
    to `succeeded` or `failed`; the last two are final. The response for a failed run is a 200 too.

    Args:
        id (str): The id of the run. Opaque, not a UUID.

    Raises:
        ValueError: A path parameter is empty, `.` or `..`. Nothing is sent.
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CanvasRun | ErrorBody]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return read_response(response, client=client)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
) -> CanvasRun | ErrorBody | None:
    """Retrieve a canvas run

     Retrieve the status and the details of one canvas run. A run goes from `created` through `running`
    to `succeeded` or `failed`; the last two are final. The response for a failed run is a 200 too.

    Args:
        id (str): The id of the run. Opaque, not a UUID.

    Raises:
        ValueError: A path parameter is empty, `.` or `..`. Nothing is sent.
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CanvasRun | ErrorBody
    """

    return sync_detailed(
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[CanvasRun | ErrorBody]:
    """Retrieve a canvas run

     Retrieve the status and the details of one canvas run. A run goes from `created` through `running`
    to `succeeded` or `failed`; the last two are final. The response for a failed run is a 200 too.

    Args:
        id (str): The id of the run. Opaque, not a UUID.

    Raises:
        ValueError: A path parameter is empty, `.` or `..`. Nothing is sent.
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CanvasRun | ErrorBody]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return read_response(response, client=client)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
) -> CanvasRun | ErrorBody | None:
    """Retrieve a canvas run

     Retrieve the status and the details of one canvas run. A run goes from `created` through `running`
    to `succeeded` or `failed`; the last two are final. The response for a failed run is a 200 too.

    Args:
        id (str): The id of the run. Opaque, not a UUID.

    Raises:
        ValueError: A path parameter is empty, `.` or `..`. Nothing is sent.
        errors.UnexpectedStatus: If the server returns an undocumented status code, or a body that is not the
            documented one, and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CanvasRun | ErrorBody
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
        )
    ).parsed
