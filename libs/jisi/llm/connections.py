"""Connections to endpoints, made when needed: httpx's interface on aiohttp's transport (ENGINEERING.md 11)."""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_aiohttp import AiohttpTransport

_KEEPALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn, hence vLLM, closes an idle connection: a call on a closed one would be lost."""
_UNLIMITED = 0
"""aiohttp's word for it: how many calls may run is decided by `jisi.llm.limits`, not by a queue in here."""
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream, application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "jisi",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one endpoint: its transport, which keeps connections open, and what never changes of a request.

    Requests go to the transport itself. An httpx client in between would merge headers, cookies, redirections and hooks
    that are not used here: a third of a call's processor time.
    """

    transport: AiohttpTransport
    url: httpx.URL
    """Parsed once; httpx takes 0.1 ms for it."""

    async def send(
        self, body: bytes, *, headers: Mapping[str, str], connect_seconds: float, chunk_seconds: float
    ) -> httpx.Response:
        """Post a body and return the response once its headers are there; it must be closed.

        Raises:
            httpx.HTTPError, aiohttp.ClientError, OSError: no response.
        """
        timeouts = {"connect": connect_seconds, "read": chunk_seconds}
        request = httpx.Request(
            "POST", self.url, headers={**_HEADERS, **headers}, content=body, extensions={"timeout": timeouts}
        )
        return await self.transport.handle_async_request(request)


class Connections:
    """The connections of one process."""

    def __init__(self) -> None:
        self._known: dict[str, Connection] = {}
        self._tls: ssl.SSLContext | None = None

    def to(self, base_url: str) -> Connection:
        """Return how to reach an endpoint."""
        known = self._known.get(base_url)
        if known is None:
            known = self._known[base_url] = self._new(base_url)
        return known

    async def close(self) -> None:
        """Close all of them."""
        known = list(self._known.values())
        self._known.clear()
        for connection in known:
            await connection.transport.aclose()

    def _new(self, base_url: str) -> Connection:
        transport = AiohttpTransport(
            verify=self._verification(base_url),
            limits=httpx.Limits(max_connections=_UNLIMITED, keepalive_expiry=_KEEPALIVE_SECONDS),
            proxy=_proxy(base_url),
        )
        return Connection(transport, httpx.URL(f"{base_url}/chat/completions"))

    def _verification(self, base_url: str) -> ssl.SSLContext | bool:
        """Return one TLS context for all endpoints: reading the certificate authorities takes tens of milliseconds."""
        if not base_url.startswith("https:"):
            return False
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return self._tls


def _proxy(base_url: str) -> httpx.Proxy | None:
    """Return the proxy the environment names for this endpoint, as httpx would have found it; none on loopback."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host == "localhost" or _is_loopback(host):
        return None
    proxies = getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if not address or proxy_bypass(host):
        return None
    return httpx.Proxy(address if "://" in address else f"http://{address}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
