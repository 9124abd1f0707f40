"""A table in LaTeX, Markdown or HTML; every cell is escaped for its format."""

from __future__ import annotations

import html as _html
import re
from collections.abc import Sequence

from interventions_stats.reporting.table import Table

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "−": r"$-$", "–": "--", "—": "---", "≤": r"$\leq$", "≥": r"$\geq$", "×": r"$\times$", "…": r"\ldots{}", "\n": " ",
}  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_|~$])")


def latex_text(text: str) -> str:
    r"""Escape a text for LaTeX; straight double quotes become a pair.

    >>> latex_text('R&D_1 "50%" [a] -1')
    "R\\&D\\_1 ``50\\%'' [a] -1"
    """
    out, opening = [], True
    for character in text:
        if character == '"':
            out.append("``" if opening else "''")
            opening = not opening
        else:
            out.append(_LATEX.get(character, character))
    return "".join(out)


def latex(t: Table) -> str:
    """Write a table as LaTeX: ``longtable`` with ruled heads, wrapping columns where cells hold running text.

    The preamble needs ``booktabs``, ``longtable`` and ``array``.  A table with a rule inside is a ``tabular`` in a float, which
    needs ``booktabs`` alone.
    """
    if t.rule_before is not None:
        return _tabular(t, t.rule_before)
    lines = ["% preamble: \\usepackage{booktabs,longtable,array}", rf"\begin{{longtable}}{{{_columns(t)}}}"]
    lines += [rf"\caption{{{latex_text(t.caption)}}} \\"] if t.caption else []
    head = _row(t.head)
    lines += [
        r"\toprule",
        head,
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        head,
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
    ]
    lines += [_row(row) for row in t.rows]
    lines.append(r"\end{longtable}")
    lines += [rf"\noindent\footnotesize {latex_text(note)}\par" for note in t.notes]
    return "\n".join(lines) + "\n"


def _tabular(t: Table, rule_before: int) -> str:
    lines = ["% preamble: \\usepackage{booktabs}", r"\begin{table}[htbp]", r"\centering"]
    lines += [rf"\caption{{{latex_text(t.caption)}}}"] if t.caption else []
    lines += [rf"\begin{{tabular}}{{@{{}}l{'c' * (len(t.head) - 1)}@{{}}}}", r"\toprule", _row(t.head), r"\midrule"]
    rows = [_row(row) for row in t.rows]
    rule = [r"\midrule"] if rule_before < len(rows) else []
    lines += [*rows[:rule_before], *rule, *rows[rule_before:], r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\smallskip\footnotesize {latex_text(note)}" for note in t.notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _row(row: Sequence[str]) -> str:
    return " & ".join(_protected(latex_text(c)) for c in row) + r" \\"


def _protected(cell: str) -> str:
    """A bracket or star after a row's end would be read as its argument."""
    return "{}" + cell if cell.startswith(("[", "*")) else cell


def _columns(t: Table) -> str:
    share = 0.82 / max(len(t.wide), 1) * (1 - 0.055 * (len(t.head) - len(t.wide)))
    wrapping = rf">{{\raggedright\arraybackslash}}p{{{max(share, 0.1):.2f}\linewidth}}"
    return "@{}" + "".join(wrapping if k in t.wide else "l" for k in range(len(t.head))) + "@{}"


def markdown_text(text: str) -> str:
    r"""Escape a text for a Markdown cell, so that it makes no link, emphasis, markup or column.

    >>> markdown_text("a|b *c* [d](e) <i>")
    'a\\|b \\*c\\* [d]\\(e) &lt;i>'
    """
    safe = _MARKDOWN.sub(r"\\\1", " ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;")
    return safe.replace("](", "]\\(").replace("][", "]\\[").replace("]:", "]\\:")


def markdown(t: Table) -> str:
    """Write a table as a Markdown pipe table, caption above and notes below."""
    lines = [f"**{markdown_text(t.caption)}**", ""] if t.caption else []
    lines += ["| " + " | ".join(markdown_text(h) for h in t.head) + " |", "|" + "---|" * len(t.head)]
    lines += ["| " + " | ".join(markdown_text(c) for c in row) + " |" for row in t.rows]
    for note in t.notes:
        lines += ["", markdown_text(note)]
    return "\n".join(lines) + "\n"


def html(t: Table) -> str:
    """Write a table as an escaped HTML fragment with caption, scoped heads and notes."""
    head = "".join(f'<th scope="col">{_html.escape(h)}</th>' if h else "<td></td>" for h in t.head)
    body = "\n".join(
        (f'<tr><th scope="row">{_html.escape(row[0])}</th>' if row[0] else "<tr><td></td>")
        + "".join(f"<td>{_html.escape(c)}</td>" for c in row[1:])
        + "</tr>"
        for row in t.rows
    )
    caption = f"<caption>{_html.escape(t.caption)}</caption>" if t.caption else ""
    notes = "".join(f"<p>{_html.escape(n)}</p>" for n in t.notes)
    return f"<table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>{notes}\n"
