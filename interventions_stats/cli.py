"""The command line: ``interventions-stats``.

Exit codes: 0 all well; 1 a result drifted; 2 unusable input, told in one line.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from interventions_stats import __version__
from interventions_stats.errors import InputError, InterventionsError

OK, DRIFTED, UNUSABLE = 0, 1, 2
WIDTH = 100
DEBUG = "INTERVENTIONS_DEBUG"  # when set, a fault in the program shows its traceback


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    if not hasattr(options, "run"):
        parser.print_help()
        return OK
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say
            code = options.run(options)
        sys.stdout.flush()
        return code
    except InterventionsError as error:
        print(f"interventions-stats: {printable(error)}", file=sys.stderr)
    except BrokenPipeError:  # the reader has had enough; what is left in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        print(printable(f"interventions-stats: {error.filename or ''}: {error.strerror or error}"), file=sys.stderr)
    except KeyboardInterrupt:
        print("interventions-stats: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # a fault of ours: one line for the reader, the rest on request
        if os.environ.get(DEBUG):
            raise
        text = " ".join(printable(error).split())[:200]
        print(
            f"interventions-stats: internal error: {type(error).__name__}: {text}; set {DEBUG}=1 to see where, and report it",
            file=sys.stderr,
        )
    return UNUSABLE


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint can be printed whatever bytes it was given."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def printable(text: object) -> str:
    """Spell out what no encoding can write, such as the bytes of a file name that are not UTF-8."""
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")


def _say(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Print a warning as one line, without the place in the code that raised it."""
    print(f"interventions-stats: {printable(message)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="interventions-stats",
        description="Tests what drives military intervention: dismissed at a stated size, supported, or not to be seen.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_replicate(commands)
    _add_test(commands)
    _add_records(commands)
    _add_data(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_replicate(commands: Any) -> None:
    p = _command(commands, "replicate", _replicate, "Test every driver and every claim on the bundled data.")
    p.add_argument("--quick", action="store_true", help="fewer relabellings; not for the record")
    p.add_argument("--out", type=Path, metavar="DIR", help="write the tables, the record and the page there")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="root of the seed tree (default 0)")
    p.add_argument(
        "--n-jobs", type=int, metavar="N", help="workers; the numbers are the same for any (default: all cores)"
    )


def _add_test(commands: Any) -> None:
    p = _command(commands, "test", _test, "Test one proposition or driver, on your own events and series if you like.")
    p.add_argument("name", metavar="X", help="a proposition (W1) or a driver (wag_the_dog)")
    _add_own_files(p, "a CSV of events, or the name of a bundled list")
    p.add_argument("--delta", metavar="D", help="primary, meaningful, any, or a ratio above 1")
    p.add_argument("--lag", type=int, metavar="N", help="periods between exposure and onset, at least 1")
    p.add_argument("--seed", type=int, default=0, metavar="N")
    p.add_argument("--quick", action="store_true", help="fewer relabellings")
    p.add_argument("--why", action="store_true", help="print each clause of the verdict")
    t = _command(commands, "template", _template, "Print a template CSV to fill in.")
    t.add_argument("kind", choices=["events", "series"])
    t.add_argument("--actor", metavar="A", help="whose neighbours and years the example rows show (default: Turkey)")


def _add_own_files(p: argparse.ArgumentParser, events: str) -> None:
    p.add_argument("--events", metavar="F", help=events)
    p.add_argument(
        "--series",
        type=Path,
        metavar="F",
        help="a CSV of your series: month (or target and year) and one column a covariate",
    )
    p.add_argument("--actor", metavar="A", help="COW code, abbreviation, ISO3 code or name (default: Russia)")
    p.add_argument(
        "--leaders",
        type=Path,
        metavar="F",
        help="a CSV of the actor's leaders (leader, start, end), by which strata go",
    )
    p.add_argument("--coverage", metavar="A-B", help="years in which your list would have recorded an event: 1992-2020")
    p.add_argument("--order", choices=["dmy", "mdy"], help="how to read 03/04/2014 in your files")
    p.add_argument("--encoding", metavar="E", help="of your files, such as cp1254 (default: found from the bytes)")


def _add_records(commands: Any) -> None:
    p = _command(commands, "verify", _verify, "Recompute the results and hold them against the committed record.")
    p.add_argument("--record", type=Path, metavar="F", help="another record than the packaged one")
    p.add_argument("--update", action="store_true", help="rewrite the record (needs --reason)")
    p.add_argument("--reason", default="", metavar="TEXT", help="why the record changes; goes into its history")
    p.add_argument("--quick", action="store_true", help="with --update: a record of fewer relabellings")
    p.add_argument("--n-jobs", type=int, metavar="N")
    _add_own_files(p, "a CSV of your own events: every driver is tested on it, against your own --record")
    d = _command(commands, "diff", _diff, "Show which results moved between two records, and by what.")
    d.add_argument("old", type=Path)
    d.add_argument("new", type=Path)


def _add_data(commands: Any) -> None:
    p = _command(commands, "datasets", _datasets, "List the bundled tables, or the columns of one.")
    p.add_argument("name", nargs="?", metavar="NAME")
    c = _command(commands, "cite", _cite, "Print the works to cite for the data, or for one table.")
    c.add_argument("name", nargs="?", metavar="NAME")
    c.add_argument("--bibtex", action="store_true")


def _replicate(options: argparse.Namespace) -> int:
    from interventions_stats.reporting.publish import replicate

    if options.out is not None:
        _writable(options.out)
    report = replicate(quick=options.quick, seed=options.seed, n_jobs=options.n_jobs, out=options.out)
    print(report.summary())
    if options.out is not None:
        print(f"\nwritten to {options.out}")
    return OK


def _writable(folder: Path) -> None:
    """Find out before the long run that its results cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"--out {folder}: {error.strerror or error}; choose a folder that can be written") from None


def _test(options: argparse.Namespace) -> int:
    import interventions_stats as ist

    who, events, series = _own_files(options)
    result = ist.test(
        options.name, actor=who, events=events, series=series, delta=_delta(options.delta), lag=options.lag,
        seed=options.seed, quick=options.quick,
    )  # fmt: skip
    print(result.summary())
    if events is not None and not isinstance(events, str):
        print(f"\n{events.note}")
    if options.why:
        from interventions_stats.display.text import frame_text

        parts = getattr(result, "results", {options.name: result})
        for name, part in parts.items():
            print(f"\n{name}\n" + frame_text(part.why()[["verdict", "clause", "met", "text", "flip"]], WIDTH))
    return OK


def _own_files(options: argparse.Namespace) -> tuple[Any, Any, Any]:
    """Read the user's leaders, events and series; what is wrong with any is told at once."""
    from interventions_stats.events.actors import actor
    from interventions_stats.events.leader_spells import read_leaders
    from interventions_stats.events.reader import read_events
    from interventions_stats.panels.target_series import read_any_series

    who, how = actor(options.actor or "RUS"), {"order": options.order, "encoding": options.encoding}
    events, series, wrong = options.events, None, []
    if options.leaders is not None:
        try:
            who = read_leaders(options.leaders, who, **how)
        except InputError as error:
            wrong.append(str(error))
    if events is not None and (Path(events).suffix or Path(events).exists()):
        try:
            events = read_events(Path(events), actor=who, coverage=_coverage(options.coverage), **how)
        except InputError as error:
            wrong.append(str(error))
    elif options.coverage is not None:
        wrong.append("--coverage belongs to a file of events; a bundled list has its own")
    if options.series is not None:
        try:
            series = read_any_series(options.series, **how)
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))
    return who if options.actor or options.leaders else None, events, series


def _coverage(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.strip().isdigit() and last.strip().isdigit()):
        raise InputError(f"--coverage {text!r}: write the first and the last year, such as 1992-2020")
    return int(first), int(last)


def _delta(text: str | None) -> str | float | None:
    if text is None or text in ("primary", "meaningful", "any"):
        return text
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--delta {text!r}: write primary, meaningful, any, or a ratio above 1 such as 1.5") from None


def _template(options: argparse.Namespace) -> int:
    from interventions_stats.events.templates import template

    print(template(options.kind, options.actor), end="")
    return OK


def _verify(options: argparse.Namespace) -> int:
    from interventions_stats.replication.verification import update, verify

    if options.events is None and any((options.series, options.leaders, options.actor)):
        raise InputError(
            "verify holds the replication unless --events names your own list, to which the other files belong"
        )
    _, events, series = _own_files(options)
    if isinstance(events, str):
        raise InputError(
            f"--events {events}: verify holds your own list, so name a CSV file; a bundled one has no record"
        )
    own = {"events": events, "series": series, "n_jobs": options.n_jobs}
    if options.update:
        print(f"written: {update(options.reason, options.record, quick=options.quick or None, **own)}")
        return OK
    found = verify(options.record, **own)
    print(found)
    return OK if found.ok else DRIFTED


def _diff(options: argparse.Namespace) -> int:
    from interventions_stats.display.text import frame_text
    from interventions_stats.replication.compare import diff

    moved = diff(options.old, options.new)
    print("nothing moved" if moved.empty else frame_text(moved, WIDTH))
    return OK if moved.empty else DRIFTED


def _datasets(options: argparse.Namespace) -> int:
    from interventions_stats import datasets
    from interventions_stats.display.text import frame_text

    if options.name is None:
        print(frame_text(datasets.catalogue()[["name", "title", "rows", "coverage", "key"]], WIDTH))
    else:
        print(frame_text(datasets.describe(options.name), WIDTH))
    return OK


def _cite(options: argparse.Namespace) -> int:
    from interventions_stats import datasets

    print(datasets.cite(options.name, style="bibtex" if options.bibtex else "text"))
    return OK


if __name__ == "__main__":
    sys.exit(main())
