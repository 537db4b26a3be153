"""Connections to endpoints, made when needed: httpx's interface on aiohttp's transport (ENGINEERING.md 11)."""

import ipaddress
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

_KEEPALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn, hence vLLM, closes an idle connection: a call on a closed one would be lost."""
_UNLIMITED = 0
"""aiohttp's word for it: how many calls may run is decided by `jisi.llm.limits`, not by a queue in here."""
_CLOSING_SERVERS = frozenset({"llama.cpp"})
"""What servers call themselves that close a connection after each stream, although they promise to keep it: the next
call, if it comes at once, would be lost on it."""
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream, application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "jisi",
}


class Connection:
    """How to reach one endpoint: its transport, which keeps connections open, and what never changes of a request.

    Requests go to the transport itself. An httpx client in between would merge headers, cookies, redirections and hooks
    that are not used here: a third of a call's processor time.
    """

    def __init__(self, base_url: str, *, verify: ssl.SSLContext | bool) -> None:
        self._url = httpx.URL(f"{base_url}/chat/completions")  # parsed once; httpx takes 0.1 ms for it
        self._verify = verify
        self._proxy = _proxy(base_url)
        self._transport = self._keeping()
        self._former: AiohttpTransport | None = None

    async def send(
        self, body: bytes, *, headers: Mapping[str, str], connect_seconds: float, chunk_seconds: float
    ) -> httpx.Response:
        """Post a body and return the response once its headers are there; it must be closed.

        Raises:
            httpx.HTTPError, aiohttp.ClientError, OSError: no response.
        """
        timeouts = {"connect": connect_seconds, "read": chunk_seconds}
        request = httpx.Request(
            "POST", self._url, headers={**_HEADERS, **headers}, content=body, extensions={"timeout": timeouts}
        )
        response = await self._transport.handle_async_request(request)
        if self._former is None and response.headers.get("server") in _CLOSING_SERVERS:
            self._former, self._transport = self._transport, self._parting()
        return response

    async def close(self) -> None:
        """Close all connections to this endpoint."""
        for transport in filter(None, (self._transport, self._former)):
            await transport.aclose()

    def _keeping(self) -> AiohttpTransport:
        """Give a transport that keeps connections for the next call."""
        limits = httpx.Limits(max_connections=_UNLIMITED, keepalive_expiry=_KEEPALIVE_SECONDS)
        return AiohttpTransport(verify=self._verify, limits=limits, proxy=self._proxy)

    def _parting(self) -> AiohttpTransport:
        """Give a transport that uses each connection once."""

        def session() -> aiohttp.ClientSession:
            connector = aiohttp.TCPConnector(limit=_UNLIMITED, force_close=True, ssl=self._verify)
            return aiohttp.ClientSession(connector=connector)

        return AiohttpTransport(verify=self._verify, proxy=self._proxy, client=session)


class Connections:
    """The connections of one process."""

    def __init__(self) -> None:
        self._known: dict[str, Connection] = {}
        self._tls: ssl.SSLContext | None = None

    def to(self, base_url: str) -> Connection:
        """Return how to reach an endpoint."""
        known = self._known.get(base_url)
        if known is None:
            known = self._known[base_url] = Connection(base_url, verify=self._verification(base_url))
        return known

    async def close(self) -> None:
        """Close all of them."""
        known = list(self._known.values())
        self._known.clear()
        for connection in known:
            await connection.close()

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
