from __future__ import annotations

import compileall
import os
import sys
import time
from pathlib import Path

import pytest

from synergy.core.errors import InvalidDefinition, WorldError
from synergy.loading import Project, load_paths, load_project, load_settings
from synergy.unix_sockets import LONGEST_PATH_BYTES
from tests.waiting import poll

SETTINGS = '[synergy]\ncontext = "jobs"\nsynergy_start_timeperiod = "2013010100"\n'
HEAD = "from synergy.definitions import DaemonProcess, FreerunEntry, ManagedProcess, Tree\n"
GOOD = (
    HEAD
    + 'process_context = [ManagedProcess(process_name="A", time_qualifier="hourly", command=["true"])]\n'
    + 'timetable_context = [Tree(tree_name="T", enclosed_processes=["A"])]\n'
)


def project(folder: Path, module: str | None = GOOD, settings: str = SETTINGS) -> Path:
    (folder / "synergy.toml").write_text(settings)
    if module is not None:
        (folder / "jobs.py").write_text(module)
    return folder


def refusal(folder: Path) -> InvalidDefinition:
    with pytest.raises(InvalidDefinition) as caught:
        load_project(folder)
    assert "Traceback" not in str(caught.value) + "".join(caught.value.problems)
    return caught.value


def test_a_right_project_is_loaded_with_its_places(tmp_path: Path) -> None:
    loaded = load_project(project(tmp_path))
    assert isinstance(loaded, Project)
    assert [spec.process_name for spec in loaded.context.managed] == ["A"]
    assert loaded.folder == tmp_path
    assert loaded.control_socket == tmp_path / ".synergy" / "control.sock"
    assert loaded.broker_socket == tmp_path / ".synergy" / "broker.sock"
    assert loaded.pid_file == tmp_path / ".synergy" / "synergyd.pid"
    assert loaded.supervisor_pid_file == tmp_path / ".synergy" / "supervisor.pid"
    assert loaded.daemon_log == tmp_path / ".synergy" / "logs" / "daemon.log"
    assert loaded.supervisor_log == tmp_path / ".synergy" / "logs" / "supervisor.log"
    assert loaded.replay_anchor.parent == loaded.runtime_folder
    assert loaded.sqlite_path == tmp_path / ".synergy" / "synergy.db"


def test_the_users_code_is_imported_in_a_child_only(tmp_path: Path) -> None:
    module = f"{GOOD}import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\n"
    load_project(project(tmp_path, module))
    assert int((tmp_path / "pid").read_text()) != os.getpid()
    assert "jobs" not in sys.modules


def test_the_settings_are_read_without_the_definitions(tmp_path: Path) -> None:
    folder = project(tmp_path, module="raise SystemExit")
    assert load_settings(folder).context == "jobs"
    assert load_paths(folder).settings == load_settings(folder)


def test_what_the_user_prints_does_not_reach_the_answer(tmp_path: Path) -> None:
    noise = "import os\nprint('x' * 100000, flush=True)\nos.system('echo noise; echo noise >&2')\n"
    assert load_project(project(tmp_path, noise + GOOD)).context.trees


def test_no_bytecode_is_left_and_none_is_believed(tmp_path: Path) -> None:
    folder = project(tmp_path, GOOD)
    stamp = (folder / "jobs.py").stat()
    assert load_project(folder).context.managed[0].process_name == "A"
    assert not (folder / "__pycache__").exists()
    assert compileall.compile_dir(str(folder), quiet=1)
    (folder / "jobs.py").write_text(GOOD.replace('"A"', '"B"'))
    os.utime(folder / "jobs.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert load_project(folder).context.managed[0].process_name == "B"


def test_packages_and_the_modules_beside_them_are_found(tmp_path: Path) -> None:
    project(tmp_path, None, SETTINGS.replace('"jobs"', '"pack.context"'))
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "context.py").write_text(f"import names\nfrom pack import more\n{GOOD}")
    (tmp_path / "pack" / "more.py").touch()
    (tmp_path / "names.py").touch()
    assert load_project(tmp_path).context.managed


def test_wrong_definitions_are_told_all_at_once_with_their_lines(tmp_path: Path) -> None:
    module = (
        HEAD
        + 'process_context = [\n  ManagedProcess(process_name="A", time_qualifier="hour", command=["true"]),\n'
        + '  Tree(tree_name="T", enclosed_processes=[]),\n  "B",\n]\n'
        + 'timetable_context = [Tree(tree_name="T", enclosed_processes=["A", "C"])]\n'
    )
    error = refusal(project(tmp_path, module))
    assert error.message == "4 wrong definitions"
    takes = "the list takes only: ManagedProcess, FreerunEntry, DaemonProcess"
    assert error.problems[:3] == (
        f"jobs.py: process_context[1] is a Tree; {takes}",
        f"jobs.py: process_context[2] is a str; {takes}",
        'jobs.py:3: A: time_qualifier "hour" is unknown; did you mean "hourly"?',
    )
    assert error.problems[3].startswith('jobs.py:7: T: enclosed process "C" is unknown')


def test_misspelled_and_missing_fields_are_told_with_everything_else(tmp_path: Path) -> None:
    module = HEAD + (
        'process_context = [ManagedProcess(process_name="A", time_qualifer="hourly", command=["true"]),\n'
        '    DaemonProcess(process_name="Feed"), FreerunEntry(process_name="R", entry_name="m", command=["ls"])]\n'
        'timetable_context = [Tree(tree="T", enclosed_processes=["A"])]\n'
    )
    assert refusal(project(tmp_path, module)).problems == (
        'jobs.py:2: A: field time_qualifer is unknown; did you mean "time_qualifier"?',
        "jobs.py:2: A: field time_qualifier is missing; a ManagedProcess needs one",
        "jobs.py:3: R::m: field trigger_frequency is missing; a FreerunEntry needs one",
        "jobs.py:3: Feed: field command is missing; a DaemonProcess needs one",
        'jobs.py:4: Tree: field tree is unknown; did you mean "tree_name"?',
        "jobs.py:4: Tree: field tree_name is missing; a Tree needs one",
    )


def test_wrong_settings_and_wrong_definitions_are_told_together(tmp_path: Path) -> None:
    wrong = refusal(project(tmp_path, GOOD.replace("hourly", "hurly"), f"{SETTINGS}lag_minuts = 3\n"))
    assert wrong.message == "1 wrong setting, 1 wrong definition"
    assert [problem.rpartition("/")[2].partition(":")[0] for problem in wrong.problems] == ["synergy.toml", "jobs.py"]
    ended = refusal(project(tmp_path, "import os; os._exit(3)", f"{SETTINGS}lag_minuts = 3\n"))
    assert "ended the process that imported it" in ended.problems[1]
    assert len(refusal(project(tmp_path, GOOD, f"{SETTINGS}lag_minuts = 3\n")).problems) == 1
    assert len(refusal(project(tmp_path, "x", f"{SETTINGS}box_id = 3\n")).problems) == 1


def test_a_name_that_is_no_utf_8_is_told_in_utf_8(tmp_path: Path) -> None:
    problems = refusal(project(tmp_path, GOOD.replace('"A"', r'"\ud800"'))).problems
    told = r"jobs.py:2: \ud800: process_name '\ud800' holds text that is no UTF-8; write it in UTF-8"
    assert problems[0] == told


def test_a_section_that_is_a_value_is_told_and_nothing_else_is_tried(tmp_path: Path) -> None:
    problems = refusal(project(tmp_path, GOOD, "synergy = 5\n")).problems
    assert "synergy: is not a section; write [synergy] on a line of its own" in problems[0]


def test_the_pools_of_the_settings_reach_the_definitions_though_other_settings_are_wrong(tmp_path: Path) -> None:
    module = GOOD.replace('command=["true"]', 'command=["true"], pool="database"', 1)
    loaded = load_project(project(tmp_path, module, f"{SETTINGS}[pools]\ndatabase = 2\n"))
    assert loaded.context.pools == {"database": 2}
    assert len(refusal(project(tmp_path, module, f"{SETTINGS}lag_minuts = 3\n[pools]\ndatabase = 2\n")).problems) == 1
    (problem,) = refusal(project(tmp_path, module, SETTINGS)).problems
    assert 'pool "database" is unknown; set its size in [pools]' in problem


def test_a_callable_that_is_not_there_is_a_wrong_definition(tmp_path: Path) -> None:
    module = GOOD.replace('command=["true"]', 'run="jobs:hourl"') + "def hourly(uow): ...\n"
    (problem,) = refusal(project(tmp_path, module)).problems
    assert problem == 'jobs.py:2: A: run "jobs:hourl": module jobs has no "hourl"; did you mean "hourly"?'


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("x = (\n", "jobs.py:1: '(' was never closed; correct the line"),
        ("\n\n1 / 0\n", "jobs.py:3: ZeroDivisionError: division by zero; the module of definitions must import"),
        ("import nowhere\n", "jobs.py:1: ModuleNotFoundError: No module named 'nowhere'"),
        ("import sys\nsys.exit(3)\n", "jobs.py:2: SystemExit: 3"),
        ("raise KeyboardInterrupt\n", "jobs.py:1: KeyboardInterrupt; "),
        (f"{HEAD}Tree('x')\n", "jobs.py:2: TypeError: Tree.__init__() takes 1 positional argument but 2"),
        ("", "jobs.py: process_context: is missing; define it as a list of processes"),
        ("proces_context = []", 'jobs.py: process_context: is missing; did you mean "proces_context"?'),
        ("process_context = 7", "jobs.py: process_context: is a int; make it a list"),
        ("process_context = []\ntimetable_context = {}", "jobs.py: timetable_context: is a dict; make it a list"),
    ],
)
def test_a_module_that_cannot_be_used_is_told_with_file_line_and_remedy(tmp_path: Path, module: str, says: str) -> None:
    (problem,) = refusal(project(tmp_path, module)).problems
    assert problem.startswith(says)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x00\x01\xff binary", "jobs.py: SyntaxError: source code string cannot contain null bytes; the module"),
        (b"x = 1\ny = '\xff'\n", "jobs.py:2: (unicode error) 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_module_that_is_no_python_is_told_with_its_file(tmp_path: Path, content: bytes, says: str) -> None:
    (project(tmp_path) / "jobs.py").write_bytes(content)
    (problem,) = refusal(tmp_path).problems
    assert problem.startswith(says)


def test_a_module_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "job.py").touch()
    (problem,) = refusal(project(tmp_path, None)).problems
    assert problem == f'synergy.toml: context: module "jobs" is not in {tmp_path}; did you mean "job"?'


def test_a_package_without_the_module_is_told_too(tmp_path: Path) -> None:
    project(tmp_path, None, SETTINGS.replace('"jobs"', '"pack.context"'))
    (tmp_path / "pack").mkdir()
    (problem,) = refusal(tmp_path).problems
    assert problem.startswith('synergy.toml: context: module "pack.context" is not in')


def test_a_module_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    module = (
        "import os, pathlib, subprocess, time\nother = subprocess.Popen(['sleep', '600'])\n"
        "pathlib.Path('pids').write_text(f'{os.getpid()} {other.pid}')\ntime.sleep(600)\n"
    )
    began = time.monotonic()
    error = refusal(project(tmp_path, module, f"{SETTINGS}definitions_timeout_seconds = 1.5\n"))
    assert time.monotonic() - began < 20
    assert 'importing context "jobs" took more than 1.5 s; ' in str(error)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    # Killed together, but only the child itself is waited for.
    poll(lambda: not any(is_running(pid) for pid in pids), 10, "all of it is gone")


def is_running(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_module_that_ends_its_process_is_told_with_its_last_words(tmp_path: Path) -> None:
    module = "import os, sys\nprint('no licence', file=sys.stderr, flush=True)\nos._exit(4)\n"
    error = refusal(project(tmp_path, module))
    assert 'context "jobs" ended the process that imported it (exit 4): no licence; ' in str(error)
    error = refusal(project(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"))
    assert "(signal 9); " in str(error)


def test_a_folder_or_file_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"folder .*gone does not exist; .*synergyd init"):
        load_paths(tmp_path / "gone")
    (tmp_path / "jobs.py").touch()
    with pytest.raises(InvalidDefinition, match=r"jobs\.py is no folder; name"):
        load_settings(tmp_path / "jobs.py")
    with pytest.raises(InvalidDefinition, match=r"synergy\.toml does not exist; .*synergyd init"):
        load_paths(tmp_path)
    (tmp_path / "synergy.toml").mkdir()
    with pytest.raises(InvalidDefinition, match=r"synergy\.toml cannot be read: Is a directory"):
        load_paths(tmp_path)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (b"[synergy]\ncontext =\n", ":2: Invalid value; correct the line"),
        (b"[synergy", "synergy.toml: Expected ']' at the end of a table declaration (at end of document)"),
        (b"a = " + b"[" * 5_000, "synergy.toml: maximum recursion depth exceeded"),
        (b"a = " + b"9" * 5_000, "synergy.toml: Exceeds the limit"),
        (b"[synergy]\n# \xff\n", "synergy.toml:2: not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_told_with_its_line(tmp_path: Path, settings: bytes, says: str) -> None:
    (tmp_path / "synergy.toml").write_bytes(settings)
    with pytest.raises(InvalidDefinition) as caught:
        load_paths(tmp_path)
    assert says in str(caught.value)


def test_wrong_settings_are_told_with_their_lines(tmp_path: Path) -> None:
    project(tmp_path, settings=f'{SETTINGS}slots = 0\n\n[gc]\n"run_interval" = 0\n[grabage]\n[clock]\nspeed = 2\n')
    with pytest.raises(InvalidDefinition) as caught:
        load_paths(tmp_path)
    path = tmp_path / "synergy.toml"
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        f"{path}:4",
        f"{path}:7",
        f"{path}:8",
        f"{path}:9",
    ]
    project(tmp_path, settings="")
    with pytest.raises(InvalidDefinition) as caught:
        load_paths(tmp_path)
    assert caught.value.problems[0].startswith(f"{path}: [synergy] context: is missing")


def test_a_project_may_lie_deeper_than_a_socket_s_path_may_be_long(tmp_path: Path) -> None:
    project(tmp_path, settings=f'{SETTINGS}runtime_folder = "{"x" * 100}"\n')
    assert len(os.fsencode(load_paths(tmp_path).control_socket)) > LONGEST_PATH_BYTES


def test_a_relative_path_is_meant_from_the_folder_and_an_absolute_one_stands(tmp_path: Path) -> None:
    project(tmp_path, settings=f'{SETTINGS}runtime_folder = "/run/synergy"\nstore = "sqlite:data/s.db"\n')
    paths = load_paths(tmp_path)
    assert paths.control_socket == Path("/run/synergy/control.sock")
    assert paths.sqlite_path == tmp_path / "data" / "s.db"


def test_another_store_has_no_file(tmp_path: Path) -> None:
    project(tmp_path, settings=f'{SETTINGS}store = "mongodb://me:secret@host/db"\n')
    with pytest.raises(InvalidDefinition, match='store "mongodb:…" is no file'):
        _ = load_paths(tmp_path).sqlite_path


def test_an_interpreter_that_is_gone_is_the_worlds_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(WorldError, match="python cannot be started: No such file"):
        load_project(project(tmp_path))


def test_several_boxes_may_share_a_folder_each_with_places_of_its_own(tmp_path: Path) -> None:
    folder = project(tmp_path)
    own, guest = load_paths(folder), load_project(folder, "box-2")

    assert (guest.settings.box_id, guest.control_socket) == ("box-2", own.control_socket)
    assert guest.supervisor_pid_file == own.runtime_folder / "boxes" / "box-2" / "supervisor.pid"
    assert guest.supervisor_log == own.runtime_folder / "boxes" / "box-2" / "logs" / "supervisor.log"
    assert load_paths(folder, own.settings.box_id) == own
    with pytest.raises(InvalidDefinition, match=r'box "\.\./x" is not a name'):
        load_paths(folder, "../x")


def test_logs_may_have_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = project(tmp_path, settings=f'{SETTINGS}log_folder = "/var/log/synergy"\n')
    own, guest = load_paths(folder), load_paths(folder, "box-2")

    assert own.daemon_log == Path("/var/log/synergy/daemon.log")
    assert own.supervisor_log == Path("/var/log/synergy/supervisor.log")
    assert guest.supervisor_log == Path("/var/log/synergy/box-2/supervisor.log")
    assert own.control_socket == tmp_path / ".synergy" / "control.sock"
