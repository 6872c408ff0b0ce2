"""``python -m training guide``: render the pages of the guide whose numbers come from tables."""

from __future__ import annotations

import typer

from lusgui.base.errors import LusguiError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "guide",
        help="Write the pages of the guide whose numbers come from the tables of experiments, into the"
        " resources of this checkout.",
    )
    def guide(
        check: bool = typer.Option(False, "--check", help="Only say whether they are up to date"),
    ) -> None:
        from lusgui.base.paths import resources_dir
        from training.report.guide import stale, write_guide

        root = resources_dir()
        if check:
            old = stale(root)
            if old:
                raise LusguiError(
                    f"not what the tables say: {', '.join(old)}", remedy="Run python -m training guide"
                )
            typer.echo("The guide is what the tables say.")
            return
        changed = write_guide(root)
        typer.echo("\n".join(map(str, changed)) if changed else "Nothing has changed.")
