"""The command line: ``interventions-stats``.

Exit codes: 0 all well; 1 a result drifted; 2 unusable input, told in one line; 130 and 143 interrupted and terminated.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, NoReturn

from interventions_stats import __version__
from interventions_stats.errors import InputError, InterventionsError, suggest, unknown_name

OK, DRIFTED, UNUSABLE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
WIDTH = 100
DEBUG = "INTERVENTIONS_DEBUG"  # when set, a fault in the program shows its traceback


class _Terminated(BaseException):
    """SIGTERM: what is half-written is cleaned up on the way out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):  # None where it was closed
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with _terminable(), warnings.catch_warnings():
            warnings.showwarning = _say
            code = _run(sys.argv[1:] if argv is None else list(argv))
            if sys.stdout is not None:
                sys.stdout.flush()
        return code
    except InterventionsError as error:
        _complain(error)
    except BrokenPipeError:  # the reader has had enough
        _give_up_stdout()
        return OK
    except OSError as error:
        _complain(f"{os.fsdecode(error.filename or 'the output')}: {error.strerror or error}")
        _give_up_stdout()
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except _Terminated:
        _complain("terminated")
        return TERMINATED
    except Exception as error:  # a fault of ours: one line for the reader, the rest on request
        if os.environ.get(DEBUG):
            raise
        text = " ".join(str(error).split())[:200]
        _complain(f"internal error: {type(error).__name__}: {text}; set {DEBUG}=1 to see where, and report it")
    return UNUSABLE


def _run(argv: Sequence[str]) -> int:
    parser, commands = _parser()
    command = next((word for word in argv if not word.startswith("-")), None)
    if command is not None and command not in commands:
        raise unknown_name("command", command, commands)
    options, left = parser.parse_known_args(argv)
    if left:
        known = (
            [s for a in commands[command]._actions for s in a.option_strings] if command else ["--help", "--version"]
        )
        raise InputError(f"unknown argument {left[0]!r}.{suggest(left[0], known)} See interventions-stats --help.")
    if not hasattr(options, "run"):
        parser.print_help()
        return OK
    return options.run(options)


def _complain(what: object) -> None:
    """Print what is wrong: one line, and one more for each further problem of a file."""
    _say(str(what), UserWarning)


def _say(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Print a warning as one line, without the place in the code that raised it."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"interventions-stats: {message}", file=sys.stderr, flush=True)


def _give_up_stdout() -> None:
    """Let what is left in the buffer go nowhere, so that nothing fails again at the exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that what is half-written is cleaned up; only the main thread can."""

    def stop(number: int, frame: object) -> NoReturn:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one line, and takes no shortened option: a later release may have another like it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **(options | {"allow_abbrev": False}))

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}. See {self.prog} --help.")


def _text(word: str) -> str:
    if not word.strip():
        raise argparse.ArgumentTypeError("is empty; leave the option out or give it a value")
    return word


def _count(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 1 <= int(word[:6]) <= 9_999 and len(word) <= 4):
        raise argparse.ArgumentTypeError(f"{word[:40]!r} is no number of workers from 1 to 9999")
    return int(word)


def _whole(word: str) -> int:
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 30):
        raise argparse.ArgumentTypeError(f"{word[:40]!r} is no whole number of at most 30 digits")
    return int(word)


def _lag(word: str) -> int:
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise argparse.ArgumentTypeError(f"{word[:40]!r} is no number of periods")
    return int(word)


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
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
    return parser, commands.choices


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_replicate(commands: Any) -> None:
    p = _command(commands, "replicate", _replicate, "Test every driver and every claim on the bundled data.")
    p.add_argument("--quick", action="store_true", help="fewer relabellings; not for the record")
    p.add_argument("--out", type=_text, metavar="DIR", help="write the tables, the record and the page there")
    p.add_argument("--seed", type=_whole, default=0, metavar="N", help="root of the seed tree (default 0)")
    _add_workers(p)


def _add_workers(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--n-jobs", type=_count, metavar="N", help="workers; the numbers are the same for any (default: all cores)"
    )


def _add_json(p: argparse.ArgumentParser) -> None:
    p.add_argument("--json", action="store_true", help="print JSON in place of text")


def _add_test(commands: Any) -> None:
    p = _command(commands, "test", _test, "Test one proposition or driver, on your own events and series if you like.")
    p.add_argument("name", metavar="X", type=_text, help="a proposition (W1) or a driver (wag_the_dog)")
    _add_own_files(p, "a CSV of events, or the name of a bundled list")
    p.add_argument("--delta", type=_text, metavar="D", help="primary, meaningful, any, or a ratio above 1")
    p.add_argument("--lag", type=_lag, metavar="N", help="periods between exposure and onset, at least 1")
    p.add_argument("--seed", type=_whole, default=0, metavar="N", help="root of the seed tree (default 0)")
    p.add_argument("--quick", action="store_true", help="fewer relabellings")
    p.add_argument("--why", action="store_true", help="print each clause of the verdict")
    _add_json(p)
    t = _command(commands, "template", _template, "Print a template CSV to fill in.")
    t.add_argument("kind", choices=["events", "series"])
    t.add_argument(
        "--actor", type=_text, metavar="A", help="whose neighbours and years the example rows show (default: Turkey)"
    )


def _add_own_files(p: argparse.ArgumentParser, events: str) -> None:
    p.add_argument("--events", type=_text, metavar="F", help=events)
    p.add_argument(
        "--series",
        type=_text,
        metavar="F",
        help="a CSV of your series: month (or target and year) and one column a covariate",
    )
    p.add_argument(
        "--aggregate",
        choices=["mean", "last"],
        help="what several values of a month become, where your series is of polls, weeks or quarters",
    )
    p.add_argument(
        "--actor-column", type=_text, metavar="C", help="column that says who acted, in a file of several actors"
    )
    p.add_argument(
        "--actor", type=_text, metavar="A", help="COW code, abbreviation, ISO3 code or name (default: Russia)"
    )
    p.add_argument(
        "--leaders",
        type=_text,
        metavar="F",
        help="a CSV of the actor's leaders (leader, start, end), by which strata go",
    )
    p.add_argument(
        "--coverage", type=_text, metavar="A-B", help="years in which your list would have recorded an event: 1992-2020"
    )
    p.add_argument("--order", choices=["dmy", "mdy"], help="how to read 03/04/2014 in your files")
    p.add_argument(
        "--encoding", type=_text, metavar="E", help="of your files, such as cp1254 (default: found from the bytes)"
    )


def _add_records(commands: Any) -> None:
    p = _command(commands, "verify", _verify, "Recompute the results and hold them against the committed record.")
    p.add_argument("--record", type=_text, metavar="F", help="another record than the packaged one")
    p.add_argument("--update", action="store_true", help="rewrite the record (needs --reason)")
    p.add_argument("--reason", default="", metavar="TEXT", help="why the record changes; goes into its history")
    p.add_argument("--quick", action="store_true", help="with --update: a record of fewer relabellings")
    _add_workers(p)
    _add_own_files(p, "a CSV of your own events: every driver is tested on it, against your own --record")
    _add_json(p)
    d = _command(commands, "diff", _diff, "Show which results moved between two records, and by what.")
    d.add_argument("old", type=_text)
    d.add_argument("new", type=_text)
    _add_json(d)


def _add_data(commands: Any) -> None:
    p = _command(commands, "datasets", _datasets, "List the bundled tables, or the columns of one.")
    p.add_argument("name", nargs="?", type=_text, metavar="NAME")
    c = _command(commands, "cite", _cite, "Print the works to cite for the data, or for one table.")
    c.add_argument("name", nargs="?", type=_text, metavar="NAME")
    c.add_argument("--bibtex", action="store_true", help="as BibTeX")


def _replicate(options: argparse.Namespace) -> int:
    from interventions_stats.reporting.publish import replicate

    report = replicate(quick=options.quick, seed=options.seed, n_jobs=options.n_jobs, out=options.out)
    print(report.summary())
    if options.out is not None:
        print(f"\nwritten to {options.out}")
    return OK


def _test(options: argparse.Namespace) -> int:
    import interventions_stats as ist
    from interventions_stats.assessment.battery import DriverResult

    who, events, series = _own_files(options)
    result = ist.test(
        options.name, actor=who, events=events, series=series, delta=_delta(options.delta), lag=options.lag,
        seed=options.seed, quick=options.quick,
    )  # fmt: skip
    parts = result.results if isinstance(result, DriverResult) else {result.proposition.id: result}
    if options.json:
        from interventions_stats.replication.held import entries_of

        found = entries_of(result)
        for name, part in parts.items():
            found[name] |= {"sentence": part.sentence()} | ({"why": _records(part.why())} if options.why else {})
        _print_json(found)
        return OK
    print(result.summary())
    if events is not None and not isinstance(events, str):
        print(f"\n{events.note}")
    if options.why:
        from interventions_stats.display.text import frame_text

        for name, part in parts.items():
            print(f"\n{name}\n" + frame_text(part.why()[["verdict", "clause", "met", "text", "flip"]], WIDTH))
    return OK


def _records(frame: Any) -> list[dict[str, Any]]:
    return frame.astype(object).to_dict("records")


def _print_json(data: Any) -> None:
    """Print plain data as JSON; a number that is missing or infinite is null."""
    import json

    print(json.dumps(_finite(data), indent=1, ensure_ascii=True, allow_nan=False, default=str))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    number = value.item() if hasattr(value, "item") else value  # NumPy's scalars
    return None if isinstance(number, float) and not abs(number) < 1e308 else number


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
    if events is not None and (os.path.splitext(events)[1] or os.path.exists(events)):
        try:
            events = read_events(
                events, actor=who, actor_column=options.actor_column, coverage=_coverage(options.coverage), **how
            )
        except InputError as error:
            wrong.append(str(error))
    elif options.actor_column is not None:
        wrong.append("--actor-column belongs to a file of events; a bundled list is of one actor")
    elif options.coverage is not None:
        wrong.append("--coverage belongs to a file of events; a bundled list has its own")
    if options.series is not None:
        try:
            series = read_any_series(options.series, aggregate=options.aggregate, **how)
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))
    return who if options.actor or options.leaders else None, events, series


def _coverage(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not all(year.isascii() and year.isdigit() and len(year) == 4 for year in (first.strip(), last.strip())):
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
        written = str(update(options.reason, options.record, quick=options.quick or None, **own))
        _print_json({"written": written}) if options.json else print(f"written: {written}")
        return OK
    found = verify(options.record, **own)
    if options.json:
        _print_json({"ok": found.ok, "drifts": [asdict(d) for d in found.drifts], "provenance": list(found.provenance)})
    else:
        print(found)
    return OK if found.ok else DRIFTED


def _diff(options: argparse.Namespace) -> int:
    from interventions_stats.display.text import frame_text
    from interventions_stats.replication.compare import diff

    moved = diff(options.old, options.new)
    if options.json:
        _print_json(_records(moved))
        return OK if moved.empty else DRIFTED
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
