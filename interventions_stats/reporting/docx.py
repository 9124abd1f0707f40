"""Tables as a Word document: the few parts of Office Open XML that a table needs, so that nothing has to be installed."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from interventions_stats.display.files import write_bytes
from interventions_stats.reporting.table import Table

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that the same tables make the same file
_PAGE_TWIPS = 13950  # text width of a landscape A4 page

_CONTENT_TYPES = (
    _XML + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_PACKAGE_RELS = (
    _XML + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELS}/officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
_DOCUMENT_RELS = (
    _XML + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELS}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    _XML + f"<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="18"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Caption"><w:name w:val="caption"/><w:basedOn w:val="Normal"/>'
    '<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/></w:pPr><w:rPr><w:b/><w:sz w:val="22"/></w:rPr></w:style>'
    "</w:styles>"
)


def write_docx(tables: Sequence[Table], path: str | os.PathLike[str], *, title: str = "") -> Path:
    """Write tables to a Word file, whole or not at all.

    Heads repeat on every page, columns of running text get more of the width, captions and notes are paragraphs.
    """
    return write_bytes(docx_bytes(tables, title=title), path)


def docx_bytes(tables: Sequence[Table], *, title: str = "") -> bytes:
    """Return the file's bytes; the same tables give the same bytes."""
    body = (_paragraph(title, "Caption") if title else "") + "".join(_table(t) for t in tables)
    section = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1134" w:right="1440" w:bottom="1134" w:left="1440" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
    core = (
        _XML + '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{_text(title)}</dc:title></cp:coreProperties>'
    )
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES, "_rels/.rels": _PACKAGE_RELS, "docProps/core.xml": core,
        "word/document.xml": _XML + f"<w:document {_W}><w:body>{body}{section}</w:body></w:document>",
        "word/styles.xml": _STYLES, "word/_rels/document.xml.rels": _DOCUMENT_RELS,
    }  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("", text))


def _paragraph(text: str, style: str = "", *, bold: bool = False) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:p>{properties}<w:r>{weight}<w:t xml:space="preserve">{_text(text)}</w:t></w:r></w:p>'


def _table(t: Table) -> str:
    widths = _widths(t)
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    rule = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="444444"/>'
    borders = "".join(rule.format(side=s, size=z) for s, z in (("top", 8), ("bottom", 8), ("insideH", 2)))
    properties = f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
    head = "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" + _cells(t.head, widths, bold=True) + "</w:tr>"
    rows = "".join("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + _cells(row, widths) + "</w:tr>" for row in t.rows)
    caption = _paragraph(t.caption, "Caption") if t.caption else ""
    notes = "".join(_paragraph(n) for n in t.notes)
    return f"{caption}<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>{notes}{_paragraph('')}"


def _cells(row: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> str:
    return "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{w}" w:type="dxa"/></w:tcPr>{_paragraph(c, bold=bold)}</w:tc>'
        for c, w in zip(row, widths, strict=True)
    )


def _widths(t: Table) -> list[int]:
    """Give running text three shares of the page's width and other columns one."""
    shares = [3 if k in t.wide else 1 for k in range(len(t.head))]
    return [round(_PAGE_TWIPS * s / sum(shares)) for s in shares]
