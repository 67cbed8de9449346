"""Which proxy the environment names for the API."""

from __future__ import annotations

import urllib.request
from importlib import import_module
from typing import TYPE_CHECKING

import httpx

from .errors import ConfigurationError

if TYPE_CHECKING:
    from ._settings import Origin


def proxy_from_environment(origin: Origin) -> str | None:
    """The proxy that ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system's settings) name for an origin.

    A loopback origin has none: its requests may be plain http, and stay on this machine.

    Raises:
        ConfigurationError: The proxy's URL cannot be used.
    """
    if origin.is_loopback or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(origin.scheme) or proxies.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        httpx.Proxy(proxy)
        if proxy.startswith("socks"):
            import_module("socksio")  # an extra of httpx
    except (httpx.InvalidURL, ValueError):
        problem = "is no proxy URL that is understood. Correct it, or pass trust_env=False"
    except ImportError:
        problem = "is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'"
    else:
        return proxy
    raise ConfigurationError(f"The proxy set in the environment for {origin.scheme} {problem}.")
