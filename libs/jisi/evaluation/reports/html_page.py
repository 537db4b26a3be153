"""The report as one page: no network, no script, readable in light and dark."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.live_table import live_table
from jisi.evaluation.reports.notes import limits, reading
from jisi.evaluation.reports.page_style import CSS
from jisi.evaluation.reports.report import EvaluationReport
from jisi.evaluation.reports.tables import by_dataset, fusions, gain_table, opponents, paired, ranking, study_table


def html_page(report: EvaluationReport, *, title: str = "Evaluation", appendix: Sequence[Grid] = ()) -> str:
    """Write the page; `appendix` are further tables, such as the paper's layout. Without matplotlib it has no plots."""
    sections = list(_sections(report, appendix))
    links = "".join(f'<a href="#section{place}">{escape(name)}</a>' for place, (name, _) in enumerate(sections))
    body = "".join(
        f'<section id="section{place}"><h2>{escape(name)}</h2>{content}</section>'
        for place, (name, content) in enumerate(sections)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head>"
        f"<body><h1>{escape(title)}</h1>{_run(report)}<nav>{links}</nav>{body}</body></html>\n"
    )


def _sections(report: EvaluationReport, appendix: Sequence[Grid]) -> Iterator[tuple[str, str]]:
    yield "Routers", _table(ranking(report))
    live = live_table(report)
    if live is not None:
        yield live.title, _table(live)
    yield "How to read this", _paragraphs(reading())
    yield "What recorded data cannot tell", _paragraphs(limits()) + _notes(report)
    yield "Plots", _plots(report)
    for name in opponents(report):
        grid = paired(report, name)
        if grid is not None:
            yield grid.title, _table(grid)
    gain = gain_table(report)
    yield gain.title, _table(gain)
    fused = fusions(report)
    if fused is not None:
        yield fused.title, _table(fused)
    scores = by_dataset(report)
    yield scores.title, _table(scores)
    if report.studies:
        yield "Studies", "".join(_folded(study_table(study)) for study in report.studies)
    if appendix:
        yield "In the layout of the paper", "".join(f"<h3>{escape(grid.title)}</h3>{_table(grid)}" for grid in appendix)


def _run(report: EvaluationReport) -> str:
    facts = {
        "rows": f"{report.rows}: " + ", ".join(f"{name} {rows}" for name, rows in report.datasets.items()),
        "files": ", ".join(f"{bank.file} (SHA-256 {bank.sha256})" for bank in report.banks),
        "embedder": report.embedder,
        "split": report.split,
        "seed": str(report.seed),
        "version": report.version,
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items()) + "</dl>"


def _plots(report: EvaluationReport) -> str:
    try:
        from jisi.evaluation.reports.plots.gallery import plots  # noqa: PLC0415 - matplotlib is an extra, and slow
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        return "<p>There are none: matplotlib is not installed. It comes with <code>jisi[evaluation]</code>.</p>"
    return "".join(
        f"<figure><h3>{escape(plot.title)}</h3>{plot.svg}<figcaption>{escape(plot.caption)}</figcaption></figure>"
        for plot in plots(report)
    )


def _notes(report: EvaluationReport) -> str:
    """Say of every router what holds of its figures; those of which the same holds, together."""
    together: dict[str, list[str]] = {}
    for router in report.routers:
        together.setdefault(router.note, []).append(router.router)
    items = "".join(
        f"<li><strong>{escape(', '.join(names))}</strong>: {escape(note)}</li>" for note, names in together.items()
    )
    return f"<h3>Router by router</h3><ul>{items}</ul>"


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _folded(grid: Grid) -> str:
    return f"<details><summary>{escape(grid.title)}</summary>{_table(grid)}</details>"


def _table(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in grid.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
    note = f'<p class="note">{escape(grid.note)}</p>' if grid.note else ""
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}'
