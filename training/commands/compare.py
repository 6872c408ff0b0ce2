"""``python -m training compare``: the scores of several models side by side."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from training.metrics.comparison import ScoreComparison

PAIR_COLUMNS = (
    ("difference", "difference"),
    ("low", "95 % from"),
    ("high", "to"),
    ("n_first", "n"),
    ("p_t", "p t"),
    ("p_t_holm", "p t, Holm"),
    ("p_rank", "p rank"),
    ("p_rank_holm", "p rank, Holm"),
    ("p_tukey", "p Tukey"),
    ("cohens_dz", "dz"),
    ("hedges_g", "g"),
    ("rank_biserial", "r rank"),
)
"""Fields of a Comparison and how tables call them."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "compare",
        help="Compare models by the scores of their images: intervals, Tukey's HSD, paired tests with Holm's"
        " correction, effect sizes.",
    )
    def compare(
        scores: list[Path] = typer.Argument(
            ..., help="What 'evaluate --out' or 'crossval' wrote: folders, scores.json or scores.csv"
        ),
        metric: list[str] = typer.Option(
            [], "--metric", help="Which measure; repeat it for several. Else dice, iou or error_px"
        ),
        paired: bool | None = typer.Option(
            None, "--paired/--unpaired", help="Image by image, or not; else paired if the images are the same"
        ),
        where: list[str] = typer.Option(
            [], "--where", help="Only rows with column=value, as fraction=5%; repeat it for several"
        ),
        by: str = typer.Option("image", "--by", help="What the tests take for independent: image or group"),
        across_labels: bool = typer.Option(
            False, "--across-labels", help="Compare models that were judged on different labels too"
        ),
        out: Path | None = typer.Option(
            None, "--out", help="A page (.html), a table (.csv), or a folder for both with figures"
        ),
        as_json: bool = typer.Option(False, "--json", help="Print everything as JSON"),
    ) -> None:
        import json

        from training.metrics.comparison import compare_scores, default_metric, refuse_unlike
        from training.metrics.scores import only, read_scores

        sets = only([part for path in scores for part in read_scores(path)], where)
        refuse_unlike(sets, across_labels=across_labels)
        chosen = metric or [default_metric(sets)]
        results = [
            compare_scores(sets, name, paired=paired, by=by, across_labels=across_labels)
            for name in dict.fromkeys(chosen)
        ]
        written = write(results, out) if out is not None else []
        if as_json:
            typer.echo(json.dumps([result.to_json() for result in results], indent=1, allow_nan=False))
            return
        for result in results:
            show(result)
        for path in written:
            typer.echo(str(path))


def unit_of(result: ScoreComparison) -> str:
    """Return what one value of a comparison stands for."""
    return "images" if result.by == "image" else "groups"


def model_rows(result: ScoreComparison) -> list[dict[str, Any]]:
    """Return one row a model, for tables."""
    return [
        {
            "model": score.model,
            "mean": score.mean,
            "SD": score.sd,
            "median": score.median,
            "95 % from": score.low,
            "to": score.high,
            unit_of(result): score.n,
            "groups of them": score.groups,
            "not defined": score.failed,
        }
        for score in result.models
    ]


def tukey_rows(result: ScoreComparison) -> list[dict[str, Any]]:
    """Return the p-values of Tukey's test, one row a model; the diagonal is empty."""
    names = result.tukey.names
    return [
        {"p": row, **{column: None if row == column else result.tukey.p(row, column) for column in names}}
        for row in names
    ]


def pair_rows(result: ScoreComparison) -> list[dict[str, Any]]:
    """Return one row a pair of models."""
    rows = []
    for pair in result.pairs:
        values = pair.to_json()
        row: dict[str, Any] = {"first": pair.first, "second": pair.second}
        row |= {title: values[name] for name, title in PAIR_COLUMNS}
        rows.append(row | {"tests": f"{pair.t_test}, {pair.rank_test}", "note": pair.note})
    return rows


def split_pairs(result: ScoreComparison) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of the pairs as tables that fit a terminal: differences, p-values, effect sizes."""
    rows = pair_rows(result)
    tests = next((row["tests"] for row in rows), "")
    parts = {
        "Differences, first minus second": ("difference", "95 % from", "to", "n", "note"),
        f"p of each pair ({tests})": ("p t", "p t, Holm", "p rank", "p rank, Holm", "p Tukey"),
        "Effect sizes": ("dz", "g", "r rank"),
    }
    return [
        (
            title,
            [{"pair": f"{row['first']} - {row['second']}"} | {c: row[c] for c in columns} for row in rows],
        )
        for title, columns in parts.items()
    ]


def heading(result: ScoreComparison) -> str:
    """Return one line about a comparison."""
    kind = "the same" if result.is_paired else "different"
    return f"{result.metric}: {len(result.models)} models on {kind} {unit_of(result)}"


def show(result: ScoreComparison) -> None:
    """Print the tables of one measure."""
    from training.commands.evaluate import print_table

    for note in result.notes:
        sys.stderr.write(f"{note[:1].upper()}{note[1:]}.\n")
    tables = [
        (heading(result), model_rows(result)),
        (f"Tukey's HSD, p ({result.tukey.df} degrees of freedom)", tukey_rows(result)),
        *split_pairs(result),
    ]
    for title, rows in tables:
        columns = list(rows[0])
        cells = [[_text(column, row[column]) for column in columns] for row in rows]
        print_table(title, columns, cells)


def _text(column: str, value: Any) -> str:  # noqa: ANN401
    from training.commands.evaluate import show_number

    if isinstance(value, str):
        return value
    if value is not None and column.startswith("p ") and 0 < value < 1e-4:
        return f"{value:.1e}"
    return show_number(value)


def write(results: list[ScoreComparison], out: Path) -> list[Path]:
    """Write a page, a table or a folder; return what was written."""
    from lusgui.base.atomic import atomic_path, make_folder
    from training.metrics.scores import write_rows

    if out.suffix.lower() == ".csv":
        make_folder(out.parent)
        write_rows(out, [{"metric": r.metric, **row} for r in results for row in pair_rows(r)])
        return [out]
    report = make_report(results)
    if out.suffix.lower() in (".html", ".htm"):
        make_folder(out.parent)
        with atomic_path(out, overwrite=True) as temporary:
            temporary.write_text(report.html(), encoding="utf-8")
        return [out]
    return [report.write(out)]


def make_report(results: list[ScoreComparison]) -> Any:  # noqa: ANN401
    """Return a page with tables and a forest of differences a measure."""
    from training.report.figures import Mean, forest
    from training.report.page import Report

    nan = float("nan")

    def mean(value: float | None, low: float | None, high: float | None) -> Mean:
        return Mean(*(nan if part is None else part for part in (value, low, high)))

    report = Report("Comparison of models", ", ".join(score.model for score in results[0].models))
    for number, result in enumerate(results):
        stem = "".join(c if c.isalnum() else "_" for c in result.metric) or f"metric_{number}"
        report.add_heading(heading(result))
        if result.notes:
            report.add_text("\n\n".join(f"{note[:1].upper()}{note[1:]}." for note in result.notes))
        report.add_table(
            model_rows(result),
            caption=f"{result.metric} of each model over {unit_of(result)}; 95 % intervals by bootstrap (BCa)"
            " over whole groups.",
            name=f"{stem}_models",
        )
        report.add_figure(
            forest(
                {score.model: mean(score.mean, score.low, score.high) for score in result.models},
                result.metric,
                nan,
            ),
            caption=f"Mean {result.metric} with 95 % intervals.",
            name=f"{stem}_means",
        )
        report.add_table(
            tukey_rows(result),
            caption="p of Tukey's honest significant difference, which knows of no pairs.",
            name=f"{stem}_tukey",
        )
        report.add_table(
            pair_rows(result),
            caption="Pairs of models, first minus second; p corrected by Holm for the number of pairs;"
            " dz and g are Cohen's and Hedges' effect sizes, r rank the rank-biserial correlation.",
            name=f"{stem}_pairs",
        )
        differences = {f"{p.first} − {p.second}": mean(p.difference, p.low, p.high) for p in result.pairs}
        report.add_figure(
            forest(differences, f"difference of {result.metric}"),
            caption=f"Differences of mean {result.metric} with 95 % intervals.",
            name=f"{stem}_differences",
        )
    return report
