"""What the environment says of the way to the API: the proxy, and the certificates to trust.

A transport of one's own switches httpx's reading of the environment off, so it is read here, once for each client.
"""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from tela_runs.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

    from tela_runs._config import Origin


def proxy_from_environment(origin: Origin) -> str | None:
    """The proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system's settings) name for an origin.

    A loopback origin has none: its requests may be plain http, and stay on this machine. A ConfigurationError says why
    a proxy's URL cannot be used.
    """
    proxies = urllib.request.getproxies()
    if (
        origin.is_loopback
        or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}")
        or any(_is_exempt(origin, entry) for entry in proxies.get("no", "").split(","))
    ):
        return None
    proxy = proxies.get(origin.scheme) or proxies.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        port = httpx.Proxy(proxy).url.port
        if port is not None and not 0 < port < 2**16:
            raise ValueError  # noqa: TRY301 - the same complaint as for what httpx rejects
        if proxy.startswith("socks"):
            import_module("socksio")  # an extra of httpx
    except (httpx.InvalidURL, ValueError):
        problem = "is not a proxy URL that is understood. Correct it, or pass trust_env=False"
    except ImportError:
        problem = "is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'"
    else:
        return proxy
    raise ConfigurationError(f"The proxy set in the environment for {origin.scheme} {problem}.")


def _is_exempt(origin: Origin, entry: str) -> bool:
    """Whether an entry of ``NO_PROXY`` means the origin: also a URL, ``*.domain`` or a network, as 10.0.0.0/8.

    httpx takes the first of these, the standard library none.
    """
    scheme, _, rest = entry.strip().lower().rpartition("://")
    if not rest or scheme not in {"", "all", origin.scheme}:
        return False
    try:
        return ipaddress.ip_address(origin.host) in ipaddress.ip_network(rest, strict=False)
    except ValueError:  # one of them is a name
        named = urlsplit(f"//{rest}")
    try:
        name, port = (named.hostname or "").lstrip("*").lstrip("."), named.port
    except ValueError:
        return False
    return bool(name) and port in {None, origin.port} and f".{origin.host}".endswith(f".{name}")


def tls_context(*, trust_env: bool) -> ssl.SSLContext:
    """What TLS is set up with, once for all connections: loading the certificates takes some 25 ms.

    A ConfigurationError says why those that the environment names cannot be loaded.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    key_log = os.environ.get("SSLKEYLOGFILE")
    # Some versions of httpx pass over what is not there, and trust others instead.
    if trust_env and file and not Path(file).is_file():
        problem = f"SSL_CERT_FILE names {file!r}, which is not a file"
    elif trust_env and folder and not file and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        problem = f"SSL_CERT_DIR names {folder!r}, which is not a directory"
    else:
        try:
            return httpx.create_ssl_context(trust_env=trust_env)
        except OSError as error:
            named = f"SSLKEYLOGFILE names {key_log!r}" if key_log and error.filename == key_log else ""
            problem = f"{error}; {named or 'they are those of SSL_CERT_FILE or SSL_CERT_DIR, if these are set'}"
    raise ConfigurationError(
        f"TLS cannot be set up with what the environment names: {problem}. Correct that, or pass trust_env=False."
    )
