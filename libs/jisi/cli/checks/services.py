"""The services' own health, where this machine's `jisi up` tells where they are."""

import asyncio

import httpx

from jisi.cli.addresses import running_stack
from jisi.cli.checks.finding import Finding, Level
from jisi.stack.process import ProcessState
from jisi.stack.settings import StackSettings

HEALTH_WITHIN_SECONDS = 5.0


async def check_services() -> list[Finding]:
    """Ask every process of the running stack how it is."""
    running = running_stack(StackSettings())
    if running is None:
        message = "no `jisi up` runs here: the services' own health is not known"
        return [Finding(area="services", level="note", message=message)]
    async with httpx.AsyncClient(timeout=HEALTH_WITHIN_SECONDS) as client:
        return await asyncio.gather(*(_check(client, state) for state in running.processes))


async def _check(client: httpx.AsyncClient, state: ProcessState) -> Finding:
    advice = f"See its log, {state.log_file}."
    if state.health_url is None:
        level: Level = "ok" if state.status == "ready" else "error"
        said = f"{state.status}, {state.restarts} restarts"
        return Finding(area=state.key, level=level, message=said, advice="" if level == "ok" else advice)
    try:
        answer = await client.get(state.health_url)
        report = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        message = f"{state.status}, does not answer: {str(error) or type(error).__name__}"
        return Finding(area=state.key, level="error", message=message, advice=advice)
    ages = report.get("loop_ages_seconds") or {}
    loops = f", loops: {', '.join(f'{name} {age:.1f} s ago' for name, age in ages.items())}" if ages else ""
    if answer.is_success:
        return Finding(area=state.key, level="ok", message=f"ready, {state.restarts} restarts")
    problems = [f"{name}: {report[name]}" for name in ("stuck", "outages", "database") if report.get(name)]
    return Finding(area=state.key, level="error", message=f"unavailable{loops}; {'; '.join(problems)}", advice=advice)
