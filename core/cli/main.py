"""The command line `forecourt`; each command imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from core import collector
from core.errors import ConfigurationError, ForecourtError


class Commands(TyperGroup):
    """Shows the errors of Forecourt as one clear message; only faults show a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with collector.paused():  # until all that the command needs is imported and built
                return super().invoke(ctx)
        except ForecourtError as error:
            typer.secho(f"forecourt: {error.message}", fg=typer.colors.RED, err=True)
            raise typer.Exit(2 if isinstance(error, ConfigurationError) else 1) from None


app = typer.Typer(
    cls=Commands,
    help="Forecourt: an extensible CRM for car dealerships.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
modules = typer.Typer(help="List the modules, and switch them on and off.", no_args_is_help=True, cls=Commands)
audit = typer.Typer(help="Check the audit trail.", no_args_is_help=True, cls=Commands)
users = typer.Typer(help="Make people who can sign in.", no_args_is_help=True, cls=Commands)
app.add_typer(modules, name="modules")
keys = typer.Typer(help="Make API keys for machines.", no_args_is_help=True, cls=Commands)
roles = typer.Typer(help="Look at what roles may ask for.", no_args_is_help=True, cls=Commands)
app.add_typer(users, name="users")
app.add_typer(roles, name="roles")
app.add_typer(keys, name="keys")
events = typer.Typer(help="Look at events and deliver them again.", no_args_is_help=True, cls=Commands)
app.add_typer(audit, name="audit")
app.add_typer(events, name="events")

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file; else FORECOURT_CONFIG, else ./forecourt.toml.", metavar="FILE"),
]
Dealer = Annotated[str, typer.Option("--dealer", help="Name of the dealer, where there are several.", metavar="NAME")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the module.")]


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str, typer.Option(help="Address to listen on; else server.host.", metavar="ADDRESS")] = "",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; else PORT, else server.port.")
    ] = None,
) -> None:
    """Serve the dealers' APIs until Ctrl-C."""
    from core.cli.serving import serve as run

    run(config, host, port)


@app.command()
def migrate(
    config: Config = None,
    keep_copy: Annotated[
        bool, typer.Option("--keep-copy", help="Keep the copy that is made of a SQLite database first.")
    ] = False,
) -> None:
    """Bring the dealers' databases to the newest schema; the first run creates them."""
    from core.cli.databases import migrate as run

    run(config, keep_copy=keep_copy)


@app.command()
def makemigrations(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when models and migrations differ.")
    ] = False,
    rename: Annotated[
        list[str] | None, typer.Option(metavar="OLD:NEW", help="A field or model that has another name now.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A field or model that is gone with its values.")
    ] = None,
    module: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Write for this module only; may be repeated.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the migration is called after its number.", metavar="NAME")] = "",
    config: Config = None,
) -> None:
    """Write the migrations that the models need."""
    from core.cli.databases import makemigrations as run

    run(config, check=check, renames=rename or [], removals=remove or [], only=module, name=name)


@app.command()
def schema(
    only: Annotated[
        str, typer.Option("--modules", help="Modules with those that they require; else all.", metavar="A,B")
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Write the schemas of the built-in modules to schema/.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when schema/ differs from the code.")] = False,
    config: Config = None,
) -> None:
    """Print the GraphQL schema of a set of modules; needs no database."""
    from core.cli.schemas import check_files, show, write_files

    if write:
        write_files()
    elif check:
        check_files()
    else:
        show(config, only)


@app.command()
def demo(config: Config = None, dealer: Dealer = "") -> None:
    """Load the demo dealership into an empty dealer, and print its sign-ins; a second run keeps the data."""
    from core.cli.demo import demo as run

    run(config, dealer)


@app.command()
def doctor(config: Config = None) -> None:
    """Check configuration, databases, migrations, plugins, keys, disk and clock, and say what to do."""
    from core.cli.diagnosis import doctor as run

    run(config)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE.graphql", help="A file with GraphQL operations.")],
    operation: Annotated[str, typer.Option(help="Which operation of the file.", metavar="NAME")] = "",
    variables: Annotated[str, typer.Option(help="The variables that are sent with it.", metavar="JSON")] = "",
    role: Annotated[str, typer.Option(help="As somebody with this role; else as one with all rights.")] = "",
    config: Config = None,
    dealer: Dealer = "",
) -> None:
    """Show how an operation is answered: its statements, what runs in Python, its cost."""
    from core.cli.explaining import explain as run

    run(config, dealer, file, operation, variables, role)


@app.command()
def version() -> None:
    """Print the version."""
    from core.module import MANIFEST

    typer.echo(f"forecourt {MANIFEST.version}")


@modules.command("list")
def list_modules(config: Config = None) -> None:
    """List what is installed, and what is on."""
    from core.cli.modules import show

    show(config)


@modules.command()
def enable(name: Name, config: Config = None, dealer: Dealer = "") -> None:
    """Switch a module on, with those that it requires; a running server picks it up by itself."""
    from core.cli.modules import enable as run

    run(config, dealer, name)


@modules.command()
def disable(
    name: Name,
    config: Config = None,
    dealer: Dealer = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Switch a module off; its data stays, and is there again when it is switched on."""
    from core.cli.modules import disable as run

    run(config, dealer, name, dry_run=dry_run)


@users.command()
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="What he signs in with.")],
    role: Annotated[str, typer.Option(help="Code of his role.", metavar="CODE")] = "sys_admin",
    name: Annotated[str, typer.Option(help="What colleagues call him.", metavar="NAME")] = "",
    store: Annotated[str, typer.Option(help="Code of his store; else the first.", metavar="CODE")] = "",
    config: Config = None,
    dealer: Dealer = "",
) -> None:
    """Make a user with a role and print his password; the first one of a new dealer comes this way."""
    from core.cli.users import add as run

    run(config, dealer, login, name, role, store)


@roles.command("limits")
def role_limits(
    code: Annotated[str, typer.Argument(metavar="ROLE", help="Code of the role, such as sales_manager.")],
    cost: Annotated[int | None, typer.Option(min=0, help="Cost of one operation.")] = None,
    page: Annotated[int | None, typer.Option(min=0, max=10_000, help="Rows of one page.")] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="Depth of one operation.")] = None,
    aliases: Annotated[int | None, typer.Option(min=0, help="Aliases in one operation.")] = None,
    directives: Annotated[int | None, typer.Option(min=0, help="Directives in one operation.")] = None,
    config: Config = None,
    dealer: Dealer = "",
) -> None:
    """Let the people of a role ask for more at once; without options only say what they may."""
    from core.cli.roles import limits as run

    wanted = {"cost": cost, "page": page, "depth": depth, "aliases": aliases, "directives": directives}
    run(config, dealer, code, wanted)


@audit.command()
def verify(config: Config = None, dealer: Dealer = "") -> None:
    """Check that no sealed entry was changed or removed."""
    from core.cli.audit import verify as run

    run(config, dealer)


@events.command()
def replay(
    config: Config = None,
    dealer: Dealer = "",
    times: Annotated[int, typer.Option(min=1, max=10, help="How often.")] = 1,
) -> None:
    """Deliver every event again; a consumer that has handled one does nothing, a new one is told the past."""
    from core.cli.events import replay as run

    run(config, dealer, times)


@events.command("status")
def events_status(config: Config = None, dealer: Dealer = "") -> None:
    """Say how far delivery is behind, and what was given up."""
    from core.cli.events import status as run

    run(config, dealer)


@keys.command("add")
def add_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as the portal that sends leads.")],
    role: Annotated[str, typer.Option(help="Code of its role, such as lead_provider.", metavar="ROLE")],
    store: Annotated[str, typer.Option(help="Code of its store; all stores without it.", metavar="STORE")] = "",
    config: Config = None,
    dealer: Dealer = "",
) -> None:
    """Make an API key and print it once."""
    from core.cli.users import add_key as run

    run(config, dealer, name, role, store)


if __name__ == "__main__":
    app()
