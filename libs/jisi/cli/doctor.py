"""`jisi doctor`: check everything there is to check, and say what to do."""

import asyncio
import dataclasses

import typer
from rich.text import Text

from jisi.cli.checks.finding import Check, Finding, Level, run_checks
from jisi.cli.checks.kafka import check_kafka
from jisi.cli.checks.machine import check_machine
from jisi.cli.checks.postgres import check_postgres
from jisi.cli.checks.services import check_services
from jisi.cli.output import AsJson, print_json, results

app = typer.Typer(add_completion=False)

CHECKS: dict[str, Check] = {
    "machine": check_machine,
    "kafka": check_kafka,
    "postgres": check_postgres,
    "services": check_services,
}

_MARKS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "note": ("·", "cyan"),
    "warning": ("!", "yellow"),
    "error": ("✗", "bold red"),
}


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Check machine, Kafka, Postgres, bank, pool, endpoints and services. Ends with code 1 if anything is broken."""
    findings = asyncio.run(_run(quiet=as_json))
    broken = any(finding.level == "error" for finding in findings)
    if as_json:
        print_json({"ok": not broken, "findings": [dataclasses.asdict(finding) for finding in findings]})
    if broken:
        raise typer.Exit(1)


async def _run(*, quiet: bool) -> list[Finding]:
    findings = []
    async for finding in run_checks(CHECKS):
        findings.append(finding)
        if not quiet:
            _show(finding)
    return findings


def _show(finding: Finding) -> None:
    mark, style = _MARKS[finding.level]
    console = results()
    console.print(Text.assemble((f"{mark} ", style), (f"{finding.area:19}", "bold"), finding.message), soft_wrap=True)
    if finding.advice:
        console.print(Text(f"{'':21}{finding.advice}", style), soft_wrap=True)
