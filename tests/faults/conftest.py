"""Certificates for servers of the tests, and names for them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
import trustme

#: Gives the addresses of a host.
Resolve: TypeAlias = Callable[[str], list[str]]
Names: TypeAlias = Callable[[Resolve], None]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a server needs to be 127.0.0.1 or tela.test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "tela.test").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have clients trust the authority."""
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A way to say which addresses the host tela.test has."""
    genuine = socket.getaddrinfo

    def resolving(resolve: Resolve) -> None:
        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
            # Whether the host is an address is asked first, on trio, and that takes no time.
            flags = args[3] if len(args) > 3 else options.get("flags", 0)
            if host not in ("tela.test", b"tela.test") or flags & socket.AI_NUMERICHOST:
                return genuine(host, port, *args, **options)
            return [info for address in resolve(host) for info in genuine(address, port, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return resolving
