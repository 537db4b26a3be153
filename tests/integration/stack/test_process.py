"""Readiness as the supervisor asks for it."""

from aiohttp import web
from jisi.simulate.endpoint.serving import listening
from jisi.stack.process import answers_ok


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "instance": "router-1"})


async def test_another_process_on_the_port_is_not_taken_for_the_service() -> None:
    """A service is ready when it answers itself: its port may have been taken by another before it came to listen."""
    application = web.Application()
    application.add_routes([web.get("/health", _health)])

    async with listening(application) as url:
        ready = [await answers_ok(f"{url}/health", instance=name)() for name in ("router-1", "switch-1", None)]
    gone = await answers_ok(f"{url}/health", instance="router-1")()

    assert ready == [True, False, True]
    assert not gone
