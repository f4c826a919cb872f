"""What ./untangle does on machines of many kinds, with fake tools in place of the real ones."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from netlib.readers import extra_for, readers
from netlib.readers.data import BUNDLED
from netlib.readers.playground import HOST

APT_LINE = (
    "apt-get update && apt-get install -y --no-install-recommends"
    " gcc pkg-config libpython3-dev libcairo2-dev libpango1.0-dev python3-venv"
)
INSTALL = APT_LINE.split(" && ")[1]
ROOT = Path(__file__).parents[2]
LAUNCHER = (ROOT / "untangle").read_text()
INSTALL_ALONE = "apt-get install -y --no-install-recommends"


def test_every_argument_reaches_the_command_untouched(house):
    done = house.run("render", "two words", "", "it's $HOME *", '"-q"', "a\nb")
    assert done.returncode == 0, done.stderr
    assert done.stdout == '<render>\n<two words>\n<>\n<it\'s $HOME *>\n<"-q">\n<a\nb>\n'


def test_byte_code_is_kept_even_where_a_shell_says_otherwise(house):
    (house.state / "untangle").write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-kept}"\n')
    environment = {**house.environment, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [house.root / "untangle", "list"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "kept\n"


def test_set_up_speaks_only_on_stderr_one_line_a_step(house):
    done = house.run("list")
    assert done.stdout == "<list>\n"
    first, second, last = done.stderr.splitlines()
    assert first.startswith("untangle: setting up 1/2: ")
    assert second.startswith("untangle: setting up 2/2: ")
    assert last.startswith("untangle: ready after ")


def test_packages_are_installed_editable_with_the_pinned_versions(house):
    house.run("list")
    (call,) = house.calls("--editable")
    assert "--constraint constraints.txt" in call
    assert "--build-constraint constraints.txt" in call
    assert call.endswith("--editable .")


def test_a_first_set_up_compiles_at_the_same_time(house):
    house.mark("hold-compilers")
    process = house.start("list")
    house.until(lambda: len(house.numbers("compilers")) == 2)
    (house.state / "hold-compilers").unlink()
    output, errors = process.communicate(timeout=20)
    assert (output, process.returncode) == ("<list>\n", 0), errors
    for call in house.calls("--no-deps"):
        assert "--constraint constraints.txt" in call


@pytest.mark.slow
def test_what_could_not_be_compiled_at_once_is_left_to_the_last_step(house):
    house.mark("broken-compiler")
    assert house.run("list").stdout == "<list>\n"
    assert house.calls("pip install")[-1].endswith("--editable .")


def test_second_call_installs_nothing(house):
    house.run("list")
    house.forget_calls()
    done = house.run("list", "again")
    assert done.stdout == "<list>\n<again>\n"
    assert done.stderr == ""
    assert house.calls() == ["python -V"]


@pytest.mark.slow
def test_it_can_be_called_through_links_from_anywhere(house, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "first").symlink_to(house.root / "untangle")
    (tmp_path / "elsewhere/second").symlink_to("../first")
    done = house.run("list", launcher=tmp_path / "elsewhere/second", cwd=tmp_path / "elsewhere")
    assert done.stdout == "<list>\n"
    assert (house.root / ".venv/untangle.stamp").exists()


def test_the_command_is_told_how_the_launcher_was_called(house, tmp_path):
    (house.state / "untangle").write_text('#!/bin/sh\necho "$UNTANGLE_LAUNCHER"\n')
    (tmp_path / "link").symlink_to(house.root / "untangle")
    assert house.run("list", launcher="./untangle", cwd=house.root).stdout == "./untangle\n"
    assert house.run("list", launcher="../link", cwd=house.root).stdout == "../link\n"


@pytest.mark.parametrize("file", ["constraints.txt", "pyproject.toml"])
def test_changed_pins_are_installed_into_the_same_environment(house, file):
    house.run("list")
    house.forget_calls()
    changed = house.root / file
    changed.write_text(changed.read_text() + "# changed\n")
    assert house.run("list").stdout == "<list>\n"
    assert len(house.calls("--editable")) == 1
    assert house.calls("-m venv") == []


@pytest.mark.slow
def test_a_moved_house_gets_a_new_environment(house, tmp_path):
    house.run("list")
    house.forget_calls()
    house.root.rename(tmp_path / "moved")
    assert house.run("list", launcher=tmp_path / "moved/untangle").stdout == "<list>\n"
    assert len(house.calls("-m venv")) == 1


@pytest.mark.slow
def test_another_python_under_the_environment_makes_it_anew(house):
    house.run("list")
    house.forget_calls()
    (house.state / "minor").write_text("13")
    assert house.run("list").stdout == "<list>\n"
    assert len(house.calls("-m venv")) == 1


def test_an_environment_made_by_hand_is_built_upon(house):
    (house.root / ".venv/bin").mkdir(parents=True)
    shutil.copy(house.tools / "python3", house.root / ".venv/bin/python")
    assert house.run("list").stdout == "<list>\n"
    assert house.calls("-m venv") == []


# ---- which Python


def test_no_python_is_one_clear_line(house):
    (house.tools / "python3").unlink()
    done = house.run("list")
    assert done.returncode == 1
    assert done.stderr.startswith("error: Untangle needs Python 3.11 to 3.14; found: none.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("minor", ["9", "10", "15"])
def test_an_unfit_python_is_named(house, minor):
    (house.state / "minor").write_text(minor)
    done = house.run("list")
    assert done.returncode == 1
    assert f"found: 3.{minor} ({house.tools}/python3)" in done.stderr
    assert not (house.root / ".venv").exists()


def test_a_fit_python_beside_an_old_python3_is_taken(house):
    (house.tools / "python3").rename(house.tools / "python3.12")
    (house.state / "minor").write_text("12")
    house.tool("python3", "#!/bin/sh\necho 3.9\n")
    assert house.run("list").stdout == "<list>\n"


# ---- what the system lacks


def test_a_user_is_given_the_exact_apt_line(house):
    house.strip_system()
    done = house.run("list")
    assert done.returncode == 1
    assert f"\n  {APT_LINE}\n" in done.stderr
    assert house.calls("apt-get") == house.calls("sudo") == []
    assert not (house.root / ".venv").exists()


def test_root_sees_the_apt_line_and_it_is_run(as_root):
    as_root.strip_system()
    done = as_root.run("list")
    assert done.returncode == 0, done.stderr
    assert APT_LINE in done.stderr
    assert as_root.calls("apt-get") == ["apt-get update", f"{INSTALL_ALONE} python3-venv", INSTALL]
    assert as_root.calls("sudo") == []


@pytest.mark.slow
def test_the_largest_packages_are_fetched_while_the_system_is_completed(as_root):
    as_root.strip_system()
    as_root.mark("slow-apt")  # until pip has fetched them
    done = as_root.run("list")
    assert done.returncode == 0, done.stderr
    assert as_root.calls("apt-get install")[-1] == INSTALL


def test_what_fails_meanwhile_ends_the_work_on_the_system_too(as_root):
    as_root.strip_system()
    as_root.mark("slow-apt")
    as_root.mark("broken-venv")
    done = as_root.run("list")
    assert done.returncode == 1
    assert "no virtual environment could be made" in done.stderr
    for number in as_root.numbers("apt-number"):
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


@pytest.mark.parametrize(
    ("lost", "package"),
    [("tools/gcc", "gcc"), ("state/ensurepip", "python3-venv"), ("state/include/Python.h", "libpython3-dev")],
)
def test_only_what_is_missing_is_asked_for(house, tmp_path, lost, package):
    (tmp_path / lost).unlink()
    done = house.run("list")
    assert done.returncode == 1
    assert f"--no-install-recommends {package}\n" in done.stderr


def test_other_processors_need_a_cpp_compiler_too(house):
    house.tool("uname", '#!/bin/sh\n[ "${1-}" = -m ] && echo aarch64 || echo Linux\n')
    assert "--no-install-recommends g++\n" in house.run("list").stderr


def test_what_apt_cannot_bring_is_said(as_root):
    as_root.tool("apt-get")
    (as_root.tools / "gcc").unlink()
    done = as_root.run("list")
    assert done.returncode == 1
    assert "still lacks gcc" in done.stderr


def test_linux_without_apt_names_the_libraries(house):
    house.strip_system()
    (house.tools / "apt-get").unlink()
    done = house.run("list")
    assert done.returncode == 1
    assert all(word in done.stderr for word in ("C compiler", "pkg-config", "Python", "cairo", "pango"))


def test_macos_is_given_the_brew_line(house):
    house.tool("uname", "#!/bin/sh\necho Darwin\n")
    house.tool("cc")
    (house.state / "lib/libcairo2-dev").unlink()
    done = house.run("list")
    assert done.returncode == 1
    assert "\n  brew install cairo pango pkg-config\n" in done.stderr
    assert house.calls("brew") == []


# ---- torch, tests and other extras


@pytest.fixture
def no_card():
    if os.path.exists("/dev/nvidia0"):
        pytest.skip("this machine has a graphics card")


def test_rendering_never_installs_torch(house):
    house.run("render", "too_narrow")
    assert house.calls("uv") == []
    assert house.calls("[train]") == []


@pytest.mark.usefixtures("no_card")
def test_training_installs_torch_built_for_the_cpu_first(house):
    assert house.run("train", "spirals").stdout == "<train>\n<spirals>\n"
    (uv,) = house.calls("uv pip install")
    assert "--torch-backend cpu" in uv
    (pip,) = house.calls("--editable .[train]")
    assert house.calls().index(uv) < house.calls().index(pip)


@pytest.mark.usefixtures("no_card")
@pytest.mark.slow
def test_without_the_cpu_build_pip_takes_what_it_finds(house):
    house.mark("no-cpu-torch")
    done = house.run("train", "spirals")
    assert done.stdout == "<train>\n<spirals>\n"
    assert "taking the build that pip finds" in done.stderr
    assert len(house.calls("--editable .[train]")) == 1


@pytest.mark.slow
def test_a_graphics_card_gets_the_usual_build(house):
    house.tool("nvidia-smi")
    house.run("train", "spirals")
    assert house.calls("uv") == []
    assert len(house.calls("--editable .[train]")) == 1


@pytest.mark.slow
def test_help_on_training_needs_no_torch(house):
    assert house.run("train", "--help").stdout == "<train>\n<--help>\n"
    assert house.calls("[train]") == []


def test_the_tests_run_in_the_house_with_their_extras_and_arguments(house, tmp_path):
    done = house.run("test", "-k", "two words", cwd=tmp_path)
    assert done.stdout.startswith(f"pytest in {house.root}:\n<-n>\n<auto>\n")  # on every core
    assert done.stdout.endswith("<-k>\n<two words>\n")
    assert len(house.calls("--editable .[test,train]")) == 1


SOURCES = [f"net{suffix}" for suffix in readers()] + [*BUNDLED, "points.csv", "points.xlsx", "spirals:turns=2"]
SOURCES += ["NET.ONNX", f"http://{HOST}/#activation=tanh", f"https://{HOST}", HOST]


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_gets_the_extra_that_its_reader_needs(source):
    """The launcher's own function, in a shell of its own; the next test sees what is installed for what it says."""
    functions = re.findall(
        r"^(?:contains|asks_for_many|extras_for|extra_of)\(\) \{.*?(?: \}|^\})$", LAUNCHER, re.MULTILINE | re.DOTALL
    )
    assert len(functions) == 4
    script = "\n".join([*functions, 'extras_for "$@"'])
    words = ["sh", "-c", script, "sh", "film", "other.npz", f"--data={source}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (extra_for(source) or "")


@pytest.mark.slow
def test_check_and_film_get_what_all_their_files_need(house):
    house.run("check", "net.h5")
    assert house.calls("--editable")[-1].endswith("--editable .[keras]")
    house.run("check", "too_narrow", "--betti")
    assert house.calls("--editable")[-1].endswith("--editable .[keras,betti]")
    house.run("film", "net.onnx", "--data", "iris")
    assert house.calls("--editable")[-1].endswith("--editable .[keras,betti,onnx,datasets]")


@pytest.mark.slow
def test_dask_is_installed_for_a_film_that_several_processes_draw(house):
    for words in (("spirals",), ("spirals", "--jobs", "1"), ("spirals", "-j1"), ("spirals", "--jobs=1")):
        house.run("render", *words)
    assert house.calls("cluster") == []
    for words in (("--jobs", "2"), ("-j4",), ("--scheduler", "tcp://host:8786"), ("--scheduler=tcp://host:8786",)):
        house.run("setup")
        assert house.run("render", "spirals", *words).returncode == 0
        assert house.calls("--editable")[-1].endswith("--editable .[cluster]")
    house.run("film", "net.onnx", "--jobs=2")
    assert house.calls("--editable")[-1].endswith("--editable .[cluster,onnx]")


@pytest.mark.slow
def test_the_documentation_gets_what_builds_it(house):
    assert house.run("docs").stdout == "<docs>\n"
    assert house.calls("--editable")[-1].endswith("--editable .[docs]")


def test_help_and_other_commands_need_nothing_for_a_file(house):
    house.run("film", "net.onnx", "--help")
    house.run("publish-like", "net.onnx")
    assert house.calls("onnx]") == []


@pytest.mark.slow
def test_extras_stay_with_the_environment(house):
    house.run("setup", "readers")
    house.run("train", "spirals")
    assert len(house.calls("--editable .[readers,train]")) == 1
    house.forget_calls()
    for command in (("list",), ("train", "spirals"), ("setup", "train", "readers")):
        house.run(*command)
    assert house.calls("pip") == []


def test_an_unknown_extra_is_answered_with_the_known_ones(house):
    done = house.run("setup", "reader")
    assert done.returncode == 1
    assert (
        done.stderr == "error: no extra is called 'reader'. There are: train test readers betti onnx keras datasets\n"
    )


def test_packages_that_some_tests_use_are_installed_for_root(as_root):
    as_root.settings(TEST_PACKAGES="chromium")
    assert as_root.run("test").returncode == 0
    assert as_root.calls("apt-get install") == ["apt-get install -y --no-install-recommends chromium"]


@pytest.mark.slow
def test_tests_run_without_the_packages_that_cannot_be_had(as_root):
    as_root.settings(TEST_PACKAGES="chromium")
    as_root.mark("broken-apt")
    done = as_root.run("test")
    assert done.returncode == 0
    assert "the tests that need them are skipped" in done.stderr


# ---- what goes wrong


def test_a_failing_pip_shows_its_last_lines_and_the_cure(house):
    broken = house.mark("broken-pip")
    done = house.run("list")
    assert done.returncode == 1
    assert "no route to the index\nerror: " in done.stderr
    assert str(house.root / ".venv/setup.log") in done.stderr
    assert "Check the network" in done.stderr
    broken.unlink()
    assert house.run("list").stdout == "<list>\n"


@pytest.mark.slow
def test_what_worked_still_works_when_an_addition_fails(house):
    house.run("list")
    house.mark("broken-pip")
    assert house.run("train", "spirals").returncode == 1
    assert house.run("list").stdout == "<list>\n"


def test_a_folder_that_cannot_be_written_is_one_clear_line(house):
    house.tool("ln", "#!/bin/sh\nexit 1\n")
    done = house.run("list")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot write in {house.root}.")


@pytest.mark.slow
def test_a_set_up_that_was_killed_is_made_afresh(house):
    hold = house.mark("hold-pip")
    process = house.start("list")
    house.until(lambda: house.calls("-m pip install"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    hold.unlink()
    house.forget_calls()
    assert house.run("list").stdout == "<list>\n"
    assert len(house.calls("-m venv")) == 1
    assert sorted(path.name for path in house.root.glob(".venv*")) == [".venv"]


@pytest.mark.slow
def test_what_a_killed_set_up_left_running_is_waited_for(house):
    hold = house.mark("hold-pip")
    first = house.start("list")
    house.pip_number()
    first.kill()  # the launcher alone: its pip lives on
    first.wait()
    house.forget_calls()
    second = house.start("list")
    assert "waiting for what an interrupted set-up left running" in second.stderr.readline()
    assert house.calls("-m venv") == []
    hold.unlink()
    output, _ = second.communicate(timeout=30)
    assert output == "<list>\n"
    assert len(house.calls("-m venv")) == 1


def test_control_c_ends_pip_too_and_the_next_call_heals(house):
    hold = house.mark("hold-pip")
    process = house.start("list")
    pip = house.pip_number()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.endswith("interrupted; the next call sets up afresh\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pip, 0)
    hold.unlink()
    assert house.run("list").stdout == "<list>\n"
    assert len(house.calls("-m venv")) == 2


@pytest.mark.slow
def test_control_c_ends_all_that_is_done_at_the_same_time(house):
    house.mark("hold-compilers")
    process = house.start("list")
    house.until(lambda: len(house.numbers("compilers")) == 2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    for number in house.numbers("compilers"):
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


@pytest.mark.slow
def test_two_first_calls_at_once_set_up_once(house):
    hold = house.mark("hold-pip")
    calls = [house.start("list", str(number)) for number in range(3)]
    house.until(lambda: house.calls("-m pip install"))
    hold.unlink()
    outputs = [process.communicate(timeout=30)[0] for process in calls]
    assert outputs == [f"<list>\n<{number}>\n" for number in range(3)]
    assert len(house.calls("-m venv")) == 1
    assert len(house.calls("--editable")) == 1


@pytest.mark.slow
def test_a_second_call_does_not_wait_for_the_film_of_the_first(house):
    film = house.mark("film")
    (house.state / "untangle").write_text(
        '#!/bin/sh\n[ "$1" = list ] || while [ -e "$STATE/film" ]; do sleep 0.1; done\n'
    )
    hold = house.mark("hold-pip")
    render = house.start("render", "too_narrow")
    house.until(lambda: house.calls("-m pip install"))
    second = house.start("list")
    assert "waiting for another set-up" in second.stderr.readline()
    hold.unlink()
    assert second.wait(timeout=20) == 0
    assert render.poll() is None
    film.unlink()


@pytest.mark.slow
def test_the_lock_of_a_dead_process_whose_number_lives_again_is_dropped(house):
    (house.root / ".venv.lock").symlink_to(f"{os.getpid()} 1")
    assert house.run("list").stdout == "<list>\n"
    assert not (house.root / ".venv.lock").is_symlink()


# ---- the pins themselves


def test_what_a_first_set_up_installs_at_the_same_time_is_pinned():
    lists = re.findall(r'^(?:LARGEST|COMPILED)="([^"]*)"$', LAUNCHER, re.MULTILINE)
    names = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert len(lists) == 2
    assert set(" ".join(lists).split()) <= names


def test_every_dependency_and_extra_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    wanted = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *project["dependency-groups"]["setup"],
    ]
    for requirement in map(Requirement, wanted):
        named = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        assert named, f"{requirement.name} is not in constraints.txt; CONTRIBUTING says how to write it anew"
        for pin in named:
            (specifier,) = pin.specifier
            assert requirement.specifier.contains(specifier.version), f"{pin} against {requirement}"
