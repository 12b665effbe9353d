"""Sheets as PDF, laid out by typst: the fonts of our packages alone, and the same bytes everywhere.

A template is a typst program that gets the sheets as data; what a person wrote is a string in it
and never markup. It reads files of its own folder, no others, and fetches nothing. What typst says
of a fault may quote a sheet, so only the template's name and the line are told.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase import khmer_font, resources
from tipcase.errors import MachineError
from tipcase.forms import glyphs, plain
from tipcase.forms.template import TemplateError, due, fault

if TYPE_CHECKING:
    import typst

    from tipcase.forms import Document

SHIPPED = "sheet.typ"
# How typst points at a line: the file's name, the line, the column.
_WHERE = re.compile(r"([^\s/\\]+\.typ):([0-9]+):[0-9]+")
# What would take a template out of its folder: a package from the network, a file whose name is
# put together at run time, a program. The last three are ways to the first.
_FORBIDDEN = re.compile(
    r"\b(?:import|include)\b(?![ \t]*\"[^\"@\\:]*\.typ\")"
    r"|@(?:preview|local)|\b(?:plugin|eval|std)\b"
)
# Which parts of the shipped layout print a sentence that must stand on a sheet.
_SAYS = {
    "not_official": "head", "withheld": "section", "unconsented": "section",
    "disputed": "section|entry",
}  # fmt: skip
_GLUE = """
#let job = json(bytes(sys.inputs.job))
#set document(title: job.title, author: (), date: if job.dated { auto })
#set text(lang: job.language)
#let pictures = job.pictures.map(one => bytes(one.codepoints().map(str.to-unicode)))
#for (number, data) in job.sheets.enumerate() {
  let layout = layouts.at(data.layout)
  let data = (..data, pictures: data.pictures.map(at => pictures.at(at)), shipped: shipped)
  let body = {
    layout(data)
    for one in data.unsaid { block(above: 2mm, below: 0pt, words(one, apart: true)) }
  }
  frame(data, number, body)
}
"""


def write(
    documents: Sequence[Document],
    *,
    citations: bool = False,
    folders: Sequence[Path] = (),
    pdf_a: bool = False,
) -> bytes:
    """The sheets as one PDF, each beginning on a page of its own and numbered for itself.

    ``pdf_a`` asks for PDF/A-2a; a character that no font has then prints as a square, because the
    standard allows no gap. The first of ``folders`` that has layouts for typst gives them: one
    named by a form's code (``P3.typ``), else its ``sheet.typ``, else the shipped one.

    Raises MachineError (typst or the font is not installed) and TemplateError.
    """
    job = _job(documents, citations)
    # An archive wants a date: the form's own, since when somebody printed it is nobody's business.
    day = datetime.combine(max(document.day for document in documents), time(), UTC)
    if pdf_a:
        job = {**glyphs.squared(job, _missing(job)), "dated": True}
    options = {"pdf_standards": ["a-2a"]} if pdf_a else {}
    return _print(documents, job, folders, format="pdf", timestamp=day, **options)[0]


def pages(
    documents: Sequence[Document],
    *,
    ppi: float,
    citations: bool = False,
    folders: Sequence[Path] = (),
) -> tuple[bytes, ...]:
    """The pages of the sheets as PNG pictures, as the PDF shows them."""
    job = _job(documents, citations)
    return tuple(_print(documents, job, folders, format="png", ppi=ppi))


def missing_glyphs(documents: Sequence[Document]) -> tuple[str, ...]:
    """The scripts of which a PDF of these sheets shows empty squares; never the text itself."""
    return glyphs.scripts(_missing(_job(documents, citations=True)))


def _job(documents: Sequence[Document], citations: bool) -> dict[str, Any]:
    """What the templates get, as JSON; a picture is a text with a letter for each byte."""
    pictures: list[str] = []
    sheets = []
    for document in documents:
        own = plain.pictures(document)
        first = len(pictures)
        pictures += [picture.decode("latin-1") for picture in own]
        sheets.append({
            **plain.of(document),
            "citations": citations,
            "font": khmer_font.FAMILY,
            "pictures": list(range(first, len(pictures))),
        })  # fmt: skip
    codes = dict.fromkeys(document.form for document in documents)
    cases = dict.fromkeys(document.sheet.case for document in documents if document.sheet.case)
    title = " · ".join([", ".join(codes), *(cases if len(cases) == 1 else ())])
    language = sheets[0]["languages"][0] if sheets else "km"
    return {
        "title": title,
        "dated": False,
        "language": language,
        "sheets": sheets,
        "pictures": pictures,
    }


def _print(
    documents: Sequence[Document], job: dict[str, Any], folders: Sequence[Path], **options: Any
) -> list[bytes]:
    """Run typst over the sheets; a list of pages for pictures, of one file for PDF."""
    own = _own(folders)
    names = _layouts([document.form for document in documents], own)
    shipped = _shipped()
    source = shipped + "".join(
        f'\n#import "{name}": sheet as layout-{at}' for at, name in enumerate(names) if name
    )
    listed = "".join(f"layout-{at}, " if name else "sheet, " for at, name in enumerate(names))
    source += f"\n#let layouts = ({listed})\n{_GLUE}"
    chosen = {name: at for at, name in enumerate(names)}
    for sheet, document in zip(job["sheets"], documents, strict=True):
        name = _layout(document.form, own)
        sheet["layout"] = chosen[name]
        sheet["unsaid"] = _unsaid(document, own) if own is not None and name else []
    if own is not None:
        _guard(own)
    folder = own or resources.path("templates")
    text = json.dumps(job, ensure_ascii=False)
    try:
        made = _compiler(folder).compile(source.encode(), sys_inputs={"job": text}, **options)
    except RuntimeError as error:
        raise _told(error, next((name for name in names if name), SHIPPED), shipped) from None
    return made if isinstance(made, list) else [made] if made is not None else []


def _own(folders: Sequence[Path]) -> Path | None:
    shipped = resources.path("templates")
    return next((one for one in folders if one != shipped and any(one.glob("*.typ"))), None)


def _layouts(codes: Sequence[str], own: Path | None) -> tuple[str, ...]:
    """The own templates that lay these forms out, each once; an empty name is the shipped one."""
    return tuple(dict.fromkeys(_layout(code, own) for code in codes))


def _layout(code: str, own: Path | None) -> str:
    names = (f"{code}.typ", SHIPPED)
    return next((name for name in names if own is not None and (own / name).is_file()), "")


def _unsaid(document: Document, own: Path) -> list[Any]:
    """The sentences that must stand on a sheet and of which no own template says a word.

    What typst has made cannot be read again: a template that names the sentence, or has the shipped
    layout print it, is taken at its word. Twice on a sheet is better than not at all.
    """
    texts = [path.read_text("utf-8", "replace") for path in own.glob("*.typ")]
    return [
        document.words[name]
        for name in due(document)
        if not any(re.search(rf"\b{name}\b|\bshipped\.(?:sheet|{_SAYS[name]})\b", t) for t in texts)
    ]


@functools.cache
def _shipped() -> str:
    return (resources.path("templates") / SHIPPED).read_text("utf-8")


@functools.cache
def _compiler(root: Path) -> typst.Compiler:
    """One folder under typst; its fonts are read once."""
    compiler: typst.Compiler = _typst().Compiler(
        root=str(root),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        # No package is kept in a folder that cannot be one; that none is asked for, _guard sees to.
        package_path=str(khmer_font.path()),
        package_cache_path=str(khmer_font.path()),
    )
    return compiler


@functools.cache
def _fonts() -> typst.Fonts:
    folder = str(khmer_font.path().parent)
    fonts: typst.Fonts = _typst().Fonts(include_system_fonts=False, font_paths=[folder])
    return fonts


def _typst() -> Any:
    # Eighty megabytes of program: only who prints a PDF loads it.
    try:
        import typst
    except ImportError:
        raise MachineError(
            "typst, which makes PDF, is not installed", "pip install 'tipcase[pdf]'"
        ) from None
    return typst


def _guard(folder: Path) -> None:
    """Refuse templates that reach out of their folder, by a link or by what they say."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise TemplateError(
                "the templates' folder holds a link", "put a copy in place of the link"
            )
        if path.suffix.lower() != ".typ":
            continue
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeError):
            raise fault(path.name) from None
        found = _FORBIDDEN.search(text)
        if found is not None:
            line = text.count("\n", 0, found.start()) + 1
            raise TemplateError(
                f"the template {path.name} reaches out of its folder at line {line}",
                'import and include take a file of the folder, "parts.typ"; nothing is evaluated',
            )


def _told(error: RuntimeError, name: str, shipped: str) -> TemplateError:
    """The fault as the template's name and line; the rest of what typst says stays unsaid."""
    found = _WHERE.search(str(getattr(error, "diagnostic", "")))
    if found is None:
        return fault(name)
    line = int(found[2])
    if "__typst_py_bytes__" in found[1]:
        return fault(SHIPPED, line) if line <= shipped.count("\n") else fault(name)
    return fault(found[1], line)


def _missing(job: dict[str, Any]) -> frozenset[str]:
    return glyphs.missing(job["sheets"], _drawn)


def _drawn(units: Sequence[str]) -> list[bytes]:
    """Each of the texts as a drawing of its own."""
    made = _compiler(resources.path("templates")).compile(
        glyphs.PROBE.encode(),
        format="svg",
        sys_inputs={"job": json.dumps([khmer_font.FAMILY, *units], ensure_ascii=False)},
    )
    return made if isinstance(made, list) else [made] if made is not None else []
