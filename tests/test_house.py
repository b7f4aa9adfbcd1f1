"""The house rules that no linter knows: sizes, names, what really gets loaded, and what is told to users."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

import synergy
from synergy.core.engine.why import Code
from synergy.core.settings import Settings
from tests.fresh_interpreter import ROOT, loaded_by

PACKAGE = ROOT / "synergy"
LONGEST_LINES = 400
MOST_PICTURE_BYTES = 30_000
EMPTY_NAMES = {"utils", "util", "common", "base", "helper", "helpers", "manager", "misc"}
SKIPPED_FOLDERS = {".git", ".venv", ".demo", ".synergy", "__pycache__", "build", "dist"}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def tracked() -> Iterator[Path]:
    """What git would publish: tracked and new files; without git, all but by-products."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        yield from (ROOT / name for name in listed.stdout.split("\0") if name)
        return
    for path in ROOT.rglob("*"):
        if path.is_file() and not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts):
            yield path


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_LINES} == {}


def test_every_file_name_says_what_is_inside() -> None:
    names = {path.stem for path in [*sources(), *(ROOT / "tests").rglob("*.py")]}
    assert names & EMPTY_NAMES == set()


def test_every_module_says_why_it_exists() -> None:
    silent = [path.relative_to(ROOT) for path in sources() if ast.get_docstring(ast.parse(path.read_text())) is None]
    assert silent == []


def test_the_changelog_knows_the_current_version() -> None:
    assert f"## [{synergy.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version = {synergy.__version__}\n" in (ROOT / "setup.cfg").read_text()


def test_no_published_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    home = re.compile(r"(?<![\w.$}])/(?:work|root)(?=/|\b)(?!\w)")
    found = []
    for path in tracked():
        if not path.is_file() or path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {line.strip()}" for line in text.splitlines() if home.search(line)]
    assert found == []


def test_links_in_the_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())]
    dead = [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not (page.parent / link).exists()]
    assert dead == []


def test_pictures_are_small_are_shown_and_ask_nobody_for_anything() -> None:
    shown = {
        name for page in (ROOT / "docs").glob("*.md") for name in re.findall(r"\((pictures/.*?)\)", page.read_text())
    }
    assert {f"pictures/{path.name}" for path in (ROOT / "docs/pictures").iterdir()} == shown
    for name in shown:
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
        assert len(text) < MOST_PICTURE_BYTES
        assert re.findall(r"(?:https?|data|file):[^\"']*", text) == ["http://www.w3.org/2000/svg"]


def test_the_core_loads_nothing_that_touches_the_world() -> None:
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (PACKAGE / "core").rglob("*.py")]
    statement = "import " + ", ".join(sorted(name.removesuffix(".__init__") for name in modules))
    loaded = loaded_by(statement)
    assert (
        loaded & {"asyncio", "socket", "ssl", "sqlite3", "subprocess", "logging", "multiprocessing", "psutil"} == set()
    )
    assert {name for name in loaded if name.startswith("synergy.") and not name.startswith("synergy.core")} == set()


def test_a_project_that_imports_definitions_pays_for_nothing_else() -> None:
    loaded = loaded_by("import synergy.definitions")
    assert loaded & {"asyncio", "socket", "sqlite3", "click", "textual", "psutil", "daemon", "logging"} == set()


@pytest.mark.parametrize("module", ["synergy.tui.app", "synergy.client"])
def test_what_speaks_the_protocol_loads_no_store_no_broker_and_no_daemon(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert loaded & {"sqlite3", "pika", "pymongo", "psutil", "click", "daemon", "prometheus_client"} == set()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("synergy.")}
    assert rooms & {"daemon", "worker", "stores", "brokers", "cli"} == set()


@pytest.mark.parametrize("program", ["synergyd", "synergyctl"])
def test_a_command_line_that_only_helps_loads_no_machinery(program: str) -> None:
    loaded = loaded_by(f"import synergy.cli.{program}")
    assert loaded & {"sqlite3", "pika", "pymongo", "psutil", "textual", "daemon"} == set()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("synergy.")}
    assert rooms & {"daemon", "worker", "stores", "brokers", "tui"} == set()


@pytest.mark.parametrize("module", ["synergy.daemon.app", "synergy.worker.app", "synergy.migrating.app"])
def test_a_deployment_without_servers_loads_none_of_their_drivers(module: str) -> None:
    assert loaded_by(f"import {module}") & {"pika", "pymongo"} == set()


def test_the_house_test_can_see_a_breach(tmp_path: Path) -> None:
    assert "sqlite3" in loaded_by("import sqlite3")
    assert tmp_path not in set(tracked())


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_the_settings_page_lists_every_setting_with_its_default() -> None:
    told: dict[str, str] = {}
    for line in (ROOT / "docs" / "settings.md").read_text().splitlines():
        if line.startswith("| `"):
            names, defaults = (re.sub("`", "", cell).strip().split(", ") for cell in line.split("|")[1:3])
            told |= dict(zip(names, defaults * (1 if len(defaults) > 1 else len(names)), strict=True))
    apart = {"clock", "pools"}
    kept = {each.name: each for each in msgspec.structs.fields(Settings) if each.name not in apart}
    assert {re.sub("^(gc|mq)[.]", r"\1_", name) for name in told} == set(kept)
    for name, default in told.items():
        value = kept[re.sub("^(gc|mq)[.]", r"\1_", name)].default
        if value is not None and value is not msgspec.NODEFAULT:
            shown = (
                str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else value
            )
            assert default == str(shown), name


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    files = {f"{path.name}`" for path in PACKAGE.glob("[!_]*.py")}
    rooms = {f"`synergy/{path.name}" for path in PACKAGE.glob("[!_]*/")}
    adapters = {f"{path.name}`" for part in ("stores", "brokers") for path in (PACKAGE / part).glob("[!_]*/")}
    assert {name for name in files | rooms | adapters if name not in page} == set()


def test_the_why_page_has_a_section_for_each_code_in_the_order_in_which_they_decide() -> None:
    page = (ROOT / "docs" / "why.md").read_text()
    sections = re.split("^### ", page, flags=re.MULTILINE)[1:]
    assert [section.split("\n", 1)[0] for section in sections] == [code.value for code in Code]
    for section in sections:
        code, _, text = section.partition("\n")
        assert all(word in text for word in ("**Means**", "**Look**", "**Do**")), code


def test_the_why_page_tells_problems_from_what_passes_by_itself() -> None:
    page = (ROOT / "docs" / "why.md").read_text()
    told = page.partition("These are problems:")[2].partition("\n\n")[0]
    assert set(re.findall("`(\\w+)`", told)) == {code.value for code in Code if code.is_problem}
