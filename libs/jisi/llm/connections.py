"""HTTP clients, one an endpoint, made when needed: httpx's interface on aiohttp's transport (ENGINEERING.md 11)."""

import ipaddress
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_aiohttp import AiohttpTransport

_KEEPALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn, hence vLLM, closes an idle connection: a call on a closed one would be lost."""
_UNLIMITED = 0
"""aiohttp's word for it: how many calls may run is decided by `jisi.llm.limits`, not by a queue in here."""
_HEADERS = {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity", "User-Agent": "jisi"}


class Connections:
    """The clients of one process."""

    def __init__(self) -> None:
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tls: ssl.SSLContext | None = None

    def to(self, base_url: str) -> httpx.AsyncClient:
        """Return the client of an endpoint."""
        client = self._clients.get(base_url)
        if client is None:
            client = self._clients[base_url] = self._new(base_url)
        return client

    async def close(self) -> None:
        """Close all of them."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    def _new(self, base_url: str) -> httpx.AsyncClient:
        transport = AiohttpTransport(
            verify=self._verification(base_url),
            limits=httpx.Limits(max_connections=_UNLIMITED, keepalive_expiry=_KEEPALIVE_SECONDS),
            proxy=_proxy(base_url),
        )
        return httpx.AsyncClient(transport=transport, headers=_HEADERS, trust_env=False)

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
