"""One tree of named errors and warnings.

Every message names the thing, the place and the remedy.  The command line
turns an :class:`InterventionsError` into one line and exit code 2; anything
else that escapes is a defect of the library.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InterventionsError(Exception):
    """Root of every error the library raises on purpose."""


class InputError(InterventionsError, ValueError):
    """Input that cannot be used: a wrong type, range, date or shape."""


class UnknownNameError(InputError, KeyError):
    """A name (column, table, actor, driver, list) that does not exist."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


class DatasetError(InterventionsError):
    """A bundled table is missing or cannot be read."""


class IntegrityError(DatasetError):
    """A bundled table does not have the checksum or schema that was published."""


class EstimationError(InterventionsError):
    """A model cannot be estimated from these numbers."""


class RefusalError(InterventionsError):
    """A guard refused what the caller asked for; the message begins with its id.

    Parameters
    ----------
    guard : str
        Id of the guard, ``"G05"`` for example.
    message, remedy : str
        What is wrong, and what to do instead.
    """

    def __init__(self, guard: str, message: str, remedy: str) -> None:
        self.guard, self.message, self.remedy = guard, message, remedy
        super().__init__(guard, message, remedy)

    def __str__(self) -> str:
        return f"{self.guard}: {self.message} Remedy: {self.remedy}"


class InterventionsWarning(UserWarning):
    """Root of every warning the library emits."""


class GuardWarning(InterventionsWarning):
    """A guard attached a caution to a result."""


class ConvergenceWarning(InterventionsWarning):
    """An iteration stopped before it converged."""


class DataWarning(InterventionsWarning):
    """Data were read in a way the user should know of."""


def suggest(name: object, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known names, or ``""``.

    A beginning of names stands for all of them, and a short id for several, since one letter of it is half of it.

    >>> suggest("recon", ["reconstructed", "mid"]), suggest("zzz", ["mid"])
    (" Did you mean 'reconstructed'?", '')
    >>> suggest("approval", ["approval_usa", "approval_russia", "capitals"])
    " Did you mean 'approval_russia' or 'approval_usa'?"
    """
    wanted = str(name).strip().casefold()
    spelled = {str(k).casefold(): str(k) for k in known}
    near = sorted(k for k in spelled if len(wanted) > 2 and k.startswith(wanted))
    if not near:
        short = len(wanted) <= 3
        near = difflib.get_close_matches(
            wanted, sorted(spelled, reverse=True), n=3 if short else 1, cutoff=0.5 if short else 0.6
        )
    quoted = [repr(spelled[k]) for k in near[:3]]
    listed = ", ".join(quoted[:-1]) + " or " + quoted[-1] if len(quoted) > 1 else "".join(quoted)
    return f" Did you mean {listed}?" if listed else ""


def unknown_name(kind: str, name: object, known: Iterable[str], *, where: str = "") -> UnknownNameError:
    """Build the error for an unknown name, with the nearest valid one."""
    names = [str(k) for k in known]
    name = f"{name[:56]}..." if isinstance(name, str) and len(name) > 60 else name
    place = f" in {where}" if where else ""
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return UnknownNameError(f"unknown {kind} {name!r}{place}.{suggest(str(name), names)} Known: {shown}.")
