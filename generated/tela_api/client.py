# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
import ssl
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, NoReturn, Self

import httpx
from attrs import define, evolve, field

# A client may send the same request in a loop, and parsing its URL is half of what it takes to build it.
_url = lru_cache(maxsize=1024)(httpx.URL)


@define
class Client:
    """A class for keeping track of data related to the API

    The following are accepted as keyword arguments and will be used to construct httpx Clients internally:

        ``base_url``: The base URL for the API, all requests are made to a relative path to this URL

        ``cookies``: A dictionary of cookies to be sent with every request

        ``headers``: A dictionary of headers to be sent with every request

        ``timeout``: The maximum amount of time that each step of a request can take (to connect, to send, to receive
        a part of the body), 30 s unless given; None is no limit. API functions will raise httpx.TimeoutException if
        this is exceeded.

        ``verify_ssl``: Whether or not to verify the SSL certificate of the API server. This should be True in production,
        but can be set to False for testing purposes.

        ``follow_redirects``: Whether or not to follow redirects. Default value is False.

        ``httpx_args``: A dictionary of additional arguments to be passed to the ``httpx.Client`` and ``httpx.AsyncClient`` constructor.


    Attributes:
        raise_on_unexpected_status: Whether or not to raise an errors.UnexpectedStatus if the API returns a
            status code that was not documented in the source OpenAPI document. Can also be provided as a keyword
            argument to the constructor.
    """

    raise_on_unexpected_status: bool = field(default=False, kw_only=True)
    _base_url: str = field(alias="base_url")
    _cookies: dict[str, str] = field(factory=dict, kw_only=True, alias="cookies", repr=False)
    _headers: dict[str, str] = field(factory=dict, kw_only=True, alias="headers", repr=False)
    _timeout: httpx.Timeout | None = field(factory=lambda: httpx.Timeout(30.0), kw_only=True, alias="timeout")
    _verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True, alias="verify_ssl")
    _follow_redirects: bool = field(default=False, kw_only=True, alias="follow_redirects")
    _httpx_args: dict[str, Any] = field(factory=dict, kw_only=True, alias="httpx_args", repr=False)
    _client: httpx.Client | None = field(default=None, init=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False, eq=False)
    _default_headers: httpx.Headers | None = field(default=None, init=False, repr=False, eq=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "Client cannot be pickled or copied, since it holds live connections:"
            " make a new one where you need it"
        )

    def with_headers(self, headers: dict[str, str]) -> "Client":
        """Get a new client matching this one with additional headers"""
        return evolve(self, headers={**self._headers, **headers})

    def with_cookies(self, cookies: dict[str, str]) -> "Client":
        """Get a new client matching this one with additional cookies"""
        return evolve(self, cookies={**self._cookies, **cookies})

    def with_timeout(self, timeout: httpx.Timeout) -> "Client":
        """Get a new client matching this one with a new timeout configuration"""
        return evolve(self, timeout=timeout)

    def build_request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> httpx.Request:
        """Build a request without sending it

        It has the base URL, headers, cookies and timeout of this client, and the headers that httpx
        sends by default. Any httpx client or transport can send it. Nothing is taken from ``httpx_args``, or from an
        httpx client that was set.

        Args:
            method: The HTTP method
            url: A path below the base URL. It cannot lead to another host.
            headers: Headers to add to those of this client, or to replace them
            cookies: Cookies to add to those of this client, or to replace them
            kwargs: Other arguments of ``httpx.Request``: ``params``, ``json``, ``content``, ``data``, ``files``; a
                ``timeout`` in ``extensions`` replaces that of this client

        Raises:
            httpx.InvalidURL: The URL is not valid
        """
        default_headers = self._default_headers
        if default_headers is None:
            # httpx's own defaults, which only an httpx client knows; with a transport given, it makes no TLS context.
            own = httpx.Client(headers=self._headers, transport=httpx.BaseTransport()).headers
            host = httpx.URL(self._base_url).netloc
            default_headers = own if "host" in own else httpx.Headers([(b"Host", host), *own.raw])
            self._default_headers = default_headers
        if has_no_body := method in ("get", "head") and not kwargs:
            # What httpx would come to as well, at twice the cost: a client may send this in a loop.
            kwargs["stream"] = httpx.ByteStream(b"")
        merged = default_headers
        if headers:
            merged = httpx.Headers(default_headers)
            merged.update(headers)
        request = httpx.Request(
            method,
            _url(f"{self._base_url.rstrip('/')}/{url.lstrip('/')}"),
            headers=merged,
            cookies={**self._cookies, **(cookies or {})} or None,
            extensions={"timeout": httpx.Timeout(self._timeout).as_dict(), **kwargs.pop("extensions", {})},
            **kwargs,
        )
        if has_no_body:
            request.read()  # else transports would stream it
        return request

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Manually set the underlying httpx.Client

        **NOTE**: This will override any other settings on the client, including cookies, headers, and timeout.
        """
        self._client = client
        return self

    def get_httpx_client(self) -> httpx.Client:
        """Get the underlying httpx.Client, constructing a new one if not previously set"""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self._base_url,
                    cookies=self._cookies,
                    headers=self._headers,
                    timeout=self._timeout,
                    verify=self._verify_ssl,
                    follow_redirects=self._follow_redirects,
                    **self._httpx_args,
                )
            return self._client

    def __enter__(self) -> Self:
        """Enter a context manager for self.client—you cannot enter twice (see httpx docs)"""
        self.get_httpx_client().__enter__()
        return self

    def __exit__(self, *args: Any, **kwargs: Any) -> None:
        """Exit a context manager for internal httpx.Client (see httpx docs)"""
        self.get_httpx_client().__exit__(*args, **kwargs)

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Manually set the underlying httpx.AsyncClient

        **NOTE**: This will override any other settings on the client, including cookies, headers, and timeout.
        """
        self._async_client = async_client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Get the underlying httpx.AsyncClient, constructing a new one if not previously set"""
        with self._lock:
            if self._async_client is None:
                self._async_client = httpx.AsyncClient(
                    base_url=self._base_url,
                    cookies=self._cookies,
                    headers=self._headers,
                    timeout=self._timeout,
                    verify=self._verify_ssl,
                    follow_redirects=self._follow_redirects,
                    **self._httpx_args,
                )
            return self._async_client

    async def __aenter__(self) -> Self:
        """Enter a context manager for underlying httpx.AsyncClient—you cannot enter twice (see httpx docs)"""
        await self.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(self, *args: Any, **kwargs: Any) -> None:
        """Exit a context manager for underlying httpx.AsyncClient (see httpx docs)"""
        await self.get_async_httpx_client().__aexit__(*args, **kwargs)


class _Token:
    """A token that no `repr`, `vars`, `attrs.asdict` or traceback with local variables shows"""

    __slots__ = ("reveal",)
    reveal: Callable[[], str]

    def __init__(self, token: str) -> None:
        self.reveal = lambda: token

    def __repr__(self) -> str:
        return "**********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Token) and self.reveal() == other.reveal()

    __hash__ = None  # type: ignore[assignment]

    def add_to(self, request: httpx.Request, header: str, prefix: str) -> None:
        """Set the header that carries the token"""
        request.headers[header] = f"{prefix} {self.reveal()}" if prefix else self.reveal()


def _hidden(token: "str | _Token") -> _Token:
    """Hide a token that a header can carry

    Raises:
        ValueError: The token holds a character that no header can carry. Checked here because the error of the HTTP
            library would show the token.
    """
    if isinstance(token, _Token):
        return token
    if not (token.isascii() and token.isprintable() and token == token.strip()):
        raise ValueError("token holds a character that an HTTP header cannot carry, or has spaces around it")
    return _Token(token)


class _TokenAuth(httpx.Auth):
    """Adds the token to each request, so that it is not among the default headers of the httpx client"""

    def __init__(self, header: str, prefix: str, token: _Token) -> None:
        self._header = header
        self._prefix = prefix
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._token.add_to(request, self._header, self._prefix)
        yield request


@define
class AuthenticatedClient:
    """A Client which has been authenticated for use on secured endpoints

    The following are accepted as keyword arguments and will be used to construct httpx Clients internally:

        ``base_url``: The base URL for the API, all requests are made to a relative path to this URL

        ``cookies``: A dictionary of cookies to be sent with every request

        ``headers``: A dictionary of headers to be sent with every request

        ``timeout``: The maximum amount of time that each step of a request can take (to connect, to send, to receive
        a part of the body), 30 s unless given; None is no limit. API functions will raise httpx.TimeoutException if
        this is exceeded.

        ``verify_ssl``: Whether or not to verify the SSL certificate of the API server. This should be True in production,
        but can be set to False for testing purposes.

        ``follow_redirects``: Whether or not to follow redirects. Default value is False.

        ``httpx_args``: A dictionary of additional arguments to be passed to the ``httpx.Client`` and ``httpx.AsyncClient`` constructor.


    Attributes:
        raise_on_unexpected_status: Whether or not to raise an errors.UnexpectedStatus if the API returns a
            status code that was not documented in the source OpenAPI document. Can also be provided as a keyword
            argument to the constructor.
        token: The token to use for authentication
        prefix: The prefix to use for the Authorization header
        auth_header_name: The name of the Authorization header
    """

    raise_on_unexpected_status: bool = field(default=False, kw_only=True)
    _base_url: str = field(alias="base_url")
    _cookies: dict[str, str] = field(factory=dict, kw_only=True, alias="cookies", repr=False)
    _headers: dict[str, str] = field(factory=dict, kw_only=True, alias="headers", repr=False)
    _timeout: httpx.Timeout | None = field(factory=lambda: httpx.Timeout(30.0), kw_only=True, alias="timeout")
    _verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True, alias="verify_ssl")
    _follow_redirects: bool = field(default=False, kw_only=True, alias="follow_redirects")
    _httpx_args: dict[str, Any] = field(factory=dict, kw_only=True, alias="httpx_args", repr=False)
    _client: httpx.Client | None = field(default=None, init=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False, eq=False)
    _default_headers: httpx.Headers | None = field(default=None, init=False, repr=False, eq=False)

    _token: _Token = field(converter=_hidden, alias="token", repr=False)
    prefix: str = "Bearer"
    auth_header_name: str = "Authorization"

    @property
    def token(self) -> str:
        """The token to use for authentication"""
        return self._token.reveal()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "AuthenticatedClient cannot be pickled or copied, since it holds live connections and a token:"
            " make a new one where you need it"
        )

    def with_headers(self, headers: dict[str, str]) -> "AuthenticatedClient":
        """Get a new client matching this one with additional headers"""
        return evolve(self, headers={**self._headers, **headers})

    def with_cookies(self, cookies: dict[str, str]) -> "AuthenticatedClient":
        """Get a new client matching this one with additional cookies"""
        return evolve(self, cookies={**self._cookies, **cookies})

    def with_timeout(self, timeout: httpx.Timeout) -> "AuthenticatedClient":
        """Get a new client matching this one with a new timeout configuration"""
        return evolve(self, timeout=timeout)

    def build_request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> httpx.Request:
        """Build a request without sending it

        It has the base URL, headers, cookies, token and timeout of this client, and the headers that httpx
        sends by default. Any httpx client or transport can send it. Nothing is taken from ``httpx_args``, or from an
        httpx client that was set.

        Args:
            method: The HTTP method
            url: A path below the base URL. It cannot lead to another host.
            headers: Headers to add to those of this client, or to replace them; the token stays
            cookies: Cookies to add to those of this client, or to replace them
            kwargs: Other arguments of ``httpx.Request``: ``params``, ``json``, ``content``, ``data``, ``files``; a
                ``timeout`` in ``extensions`` replaces that of this client

        Raises:
            httpx.InvalidURL: The URL is not valid
        """
        default_headers = self._default_headers
        if default_headers is None:
            # httpx's own defaults, which only an httpx client knows; with a transport given, it makes no TLS context.
            own = httpx.Client(headers=self._headers, transport=httpx.BaseTransport()).headers
            host = httpx.URL(self._base_url).netloc
            default_headers = own if "host" in own else httpx.Headers([(b"Host", host), *own.raw])
            self._default_headers = default_headers
        if has_no_body := method in ("get", "head") and not kwargs:
            # What httpx would come to as well, at twice the cost: a client may send this in a loop.
            kwargs["stream"] = httpx.ByteStream(b"")
        merged = default_headers
        if headers:
            merged = httpx.Headers(default_headers)
            merged.update(headers)
        request = httpx.Request(
            method,
            _url(f"{self._base_url.rstrip('/')}/{url.lstrip('/')}"),
            headers=merged,
            cookies={**self._cookies, **(cookies or {})} or None,
            extensions={"timeout": httpx.Timeout(self._timeout).as_dict(), **kwargs.pop("extensions", {})},
            **kwargs,
        )
        if has_no_body:
            request.read()  # else transports would stream it
        self._token.add_to(request, self.auth_header_name, self.prefix)
        return request

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Manually set the underlying httpx.Client

        **NOTE**: This will override any other settings on the client, including cookies, headers, and timeout.
        """
        self._client = client
        return self

    def get_httpx_client(self) -> httpx.Client:
        """Get the underlying httpx.Client, constructing a new one if not previously set"""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self._base_url,
                    cookies=self._cookies,
                    headers=self._headers,
                    timeout=self._timeout,
                    verify=self._verify_ssl,
                    follow_redirects=self._follow_redirects,
                    **{
                        "auth": _TokenAuth(self.auth_header_name, self.prefix, self._token),
                        **self._httpx_args,
                    },
                )
            return self._client

    def __enter__(self) -> Self:
        """Enter a context manager for self.client—you cannot enter twice (see httpx docs)"""
        self.get_httpx_client().__enter__()
        return self

    def __exit__(self, *args: Any, **kwargs: Any) -> None:
        """Exit a context manager for internal httpx.Client (see httpx docs)"""
        self.get_httpx_client().__exit__(*args, **kwargs)

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Manually set the underlying httpx.AsyncClient

        **NOTE**: This will override any other settings on the client, including cookies, headers, and timeout.
        """
        self._async_client = async_client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Get the underlying httpx.AsyncClient, constructing a new one if not previously set"""
        with self._lock:
            if self._async_client is None:
                self._async_client = httpx.AsyncClient(
                    base_url=self._base_url,
                    cookies=self._cookies,
                    headers=self._headers,
                    timeout=self._timeout,
                    verify=self._verify_ssl,
                    follow_redirects=self._follow_redirects,
                    **{
                        "auth": _TokenAuth(self.auth_header_name, self.prefix, self._token),
                        **self._httpx_args,
                    },
                )
            return self._async_client

    async def __aenter__(self) -> Self:
        """Enter a context manager for underlying httpx.AsyncClient—you cannot enter twice (see httpx docs)"""
        await self.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(self, *args: Any, **kwargs: Any) -> None:
        """Exit a context manager for underlying httpx.AsyncClient (see httpx docs)"""
        await self.get_async_httpx_client().__aexit__(*args, **kwargs)
