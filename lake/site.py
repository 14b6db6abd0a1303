"""scripts/docs: the documents, the files that they name, and dbt's own page as one static site that needs no server.

dbt's page has the lineage and describes every column; it is made by `dbt docs generate --static` on a lake of its own
that holds every table, empty. The documents are Markdown, rendered by markdown-it-py; what they link to comes along.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from lake.settings import REPOSITORY

SITE = REPOSITORY / ".build" / "site"
WORK = REPOSITORY / ".build" / "site-work"
PAGE = Path(__file__).parent / "page"
SOURCES = "source"
DBT = "dbt/index.html"
NOT_SLUG = re.compile(r"[^\w\- ]")


class SiteError(Exception):
    """The site cannot be made; the message says why."""


@dataclass(frozen=True)
class Document:
    """A Markdown file by its path in the repository, its page's path in the site, and its first heading."""

    path: Path
    page: str
    title: str


def main() -> None:
    """Make the site anew and check its links; exit 1 where one leads nowhere."""
    try:
        build(SITE, dbt_page())
        broken = broken_links(SITE)
    except (SiteError, OSError) as error:
        sys.exit(f"docs: {error}")
    for line in broken:
        sys.stderr.write(f"docs: {line}\n")
    if broken:
        sys.exit(1)
    sys.stdout.write(
        f"{sum(1 for _ in SITE.rglob('*.html'))} pages, every link leads somewhere: {SITE / 'index.html'}\n"
    )


def dbt_page() -> Path:
    """The page of dbt as one file, made on a lake with every table.

    Raises:
        SiteError: the lake or the page could not be made.
    """
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "landing").mkdir(parents=True)
    environment = {**os.environ, "LAKE_URI": str(WORK / "lake"), "LANDING_URI": str(WORK / "landing")}
    environment |= {"LAKE_REPORT": "off"}
    target = ("--target-path", str(WORK / "target"))
    for module, *words in (
        ("lake.cli", "run"),
        ("lake.dbt_cli", "--quiet", "docs", "generate", "--static", *target),
    ):
        code = f"from {module} import main; main()"
        command = [sys.executable, "-c", code, *words]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            msg = (
                f"{' '.join((module, *words))} ended with {ended.returncode}: {(ended.stderr or ended.stdout).strip()}"
            )
            raise SiteError(msg)
    return WORK / "target" / "static_index.html"


def build(site: Path, dbt: Path) -> None:
    """Make the site of the documents and dbt's page in a folder, which is emptied first."""
    shutil.rmtree(site, ignore_errors=True)
    found = documents()
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("site.html")
    style = Markup((PAGE / "site.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    pages = {document.path: document.page for document in found}
    for document in found:
        up = "../" * document.page.count("/")
        body, linked = rendered(document.path, pages, up)
        html = template.render(
            document=document,
            documents=found,
            up=up,
            body=Markup(body),  # noqa: S704 - ours
            style=style,
            dbt=DBT,
        )
        _put(site / document.page, html)
        for file in linked:
            _put_file(site, file)
    (site / DBT).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(dbt, site / DBT)


def documents() -> list[Document]:
    """The documents, the README first, then by their paths."""
    files = [*sorted((REPOSITORY / "docs").rglob("*.md")), REPOSITORY / "examples" / "README.md"]
    return [_document(REPOSITORY / "README.md", "index.html")] + [
        _document(file, str(file.relative_to(REPOSITORY).with_suffix(".html"))) for file in files
    ]


def _document(file: Path, page: str) -> Document:
    lines = file.read_text(encoding="utf-8").splitlines()
    title = next((line.removeprefix("# ") for line in lines if line.startswith("# ")), file.stem)
    return Document(file, page, title)


def rendered(file: Path, pages: dict[Path, str], up: str) -> tuple[str, list[Path]]:
    """A document as HTML, its links those of the site, and the files of the repository that it links to."""
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(file.read_text(encoding="utf-8"))
    linked: list[Path] = []
    seen: dict[str, int] = {}
    for heading, content in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", _slug(content, seen))
    for token in _inner(tokens):
        name = {"link_open": "href", "image": "src"}.get(token.type)
        address = str(token.attrGet(name) or "") if name else ""
        if not address or re.match(r"[a-z]+:|#", address):
            continue
        path, _, fragment = unquote(address).partition("#")
        target = (file.parent / path).resolve()
        page = pages.get(target)
        if page is None:
            linked.append(target)
            page = _place_of(target)
        token.attrSet(str(name), up + page + (f"#{fragment}" if fragment else ""))
    return str(markdown.renderer.render(tokens, markdown.options, {})), linked


def _inner(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _inner(token.children or [])


def _slug(content: Token, seen: dict[str, int]) -> str:
    """The anchor of a heading, as repositories' web pages make it."""
    text = "".join(child.content for child in content.children or [] if child.type in {"text", "code_inline"})
    slug = NOT_SLUG.sub("", text.lower()).replace(" ", "-")
    seen[slug] = seen.get(slug, -1) + 1
    return f"{slug}-{seen[slug]}" if seen[slug] else slug


def _place_of(file: Path) -> str:
    """Where a file of the repository lies in the site; source is text, so that a browser shows it from disk."""
    path = file.relative_to(REPOSITORY).as_posix()
    return f"{SOURCES}/{path}" if file.suffix in {".svg", ".png"} else f"{SOURCES}/{path}.txt"


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _put_file(site: Path, file: Path) -> None:
    """Copy a file that a document links to; what is not there is found as a broken link."""
    if file.is_file():
        place = site / _place_of(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element links to and is called."""
        del tag
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.links.append(value)
            elif name == "id" and value:
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """One line for each link of the documents' pages that leads to no file or no heading; other hosts are not asked."""
    pages = {file: _Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html") if file != site / DBT}
    broken = []
    for file, page in sorted(pages.items()):
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, fragment = unquote(link).partition("#")
            target = (file.parent / path).resolve() if path else file
            known = pages.get(target)
            if not target.is_file() or (fragment and known is not None and fragment not in known.anchors):
                broken.append(f"{file.relative_to(site)}: {link} leads nowhere")
    return broken


if __name__ == "__main__":
    main()
