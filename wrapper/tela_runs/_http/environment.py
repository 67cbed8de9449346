"""What the environment says about reaching the API: the proxy, and the certificates to trust.

With a custom transport httpx does not read the environment, so it is read here, once per client.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass, proxy_bypass_environment  # type: ignore[attr-defined]

import httpx

from tela_runs.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

    from tela_runs._config import Origin


def proxy_from_environment(origin: Origin) -> httpx.Proxy | None:
    """The proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system's settings) name for an origin.

    A loopback origin has none: its requests may be plain http, and stay on this machine. A ConfigurationError says that
    a proxy cannot be used.
    """
    proxies = getproxies()
    exempt = proxies.get("no", "").lower().split(",")
    address = proxies.get(origin.scheme) or proxies.get("all")
    if (
        not address
        or origin.is_loopback
        or proxy_bypass(f"{origin.host}:{origin.port}")
        or any(_is_exempt(origin, entry.strip()) for entry in exempt)
    ):
        return None
    with suppress(httpx.InvalidURL, ImportError, ValueError):
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
        if proxy.url.scheme.startswith("socks"):
            import_module("socksio")
        port = 1 if proxy.url.port is None else proxy.url.port
        if proxy.url.host and 0 < port < 2**16:
            return proxy
    raise ConfigurationError(
        f"The proxy set in the environment for {origin.scheme} cannot be used: correct its URL, "
        "pip install 'httpx[socks]' if it is a SOCKS proxy, or pass trust_env=False."
    )


def _is_exempt(origin: Origin, entry: str) -> bool:
    """Whether an entry of ``NO_PROXY`` means the origin.

    It may also be a URL or ``*.domain``, as for httpx, or a network, as 10.0.0.0/8; the standard library knows neither.
    """
    scheme, _, rest = entry.rpartition("://")
    if scheme not in {"", "all", origin.scheme}:
        return False
    with suppress(ValueError):  # one of them is a name
        return ip_address(origin.host) in ip_network(rest.strip("[]"), strict=False)
    name = rest.partition("/")[0].removeprefix("*") or rest
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return bool(proxy_bypass_environment(f"{host}:{origin.port}", {"no": name}))


def tls_context(*, trust_env: bool) -> ssl.SSLContext:
    """What TLS is set up with, once for all connections: loading the certificates takes some 25 ms.

    A ConfigurationError says why what the environment names cannot be loaded.
    """
    try:
        if trust_env and (file := os.environ.get("SSL_CERT_FILE")):
            Path(file).stat()  # some versions of httpx ignore a missing file, and trust other certificates
        return httpx.create_ssl_context(trust_env=trust_env)
    except OSError as error:
        is_key_log = error.filename == os.environ.get("SSLKEYLOGFILE", "")
        named = "SSLKEYLOGFILE" if is_key_log else "SSL_CERT_FILE or SSL_CERT_DIR"
        problem = f"TLS cannot be set up with what {named} names: {error}"
    raise ConfigurationError(f"{problem}. Correct that, or unset it.")
