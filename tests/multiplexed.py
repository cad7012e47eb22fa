"""The planner started from a shell inside tmux or GNU screen, driven from outside."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from planner.storage.settings import SettingsFile
from tests.command_line import ROOT
from tests.terminals import PATIENCE, children, lives

NAMES = ("tmux", "screen")

_SCRIPT = """\
cd {folder}
stty -g >before
sh -c 'echo $$ >pid; exec {command}'
echo $? >code.part
stty -g >after
mv code.part code
exec sleep 300
"""


class Multiplexed:
    """A session of 80x24 in a multiplexer of its own."""

    def __init__(self, name: str, program: str, *arguments: str, **environment: str) -> None:
        """Start a module with these arguments; ``name`` is `tmux` or `screen`."""
        SettingsFile().change(tour_seen=True)
        self._name = name
        self._folder = Path(tempfile.mkdtemp(prefix="planner-"))  # a socket's path has to be short
        command = " ".join([sys.executable, "-m", program, *arguments])
        script = self._folder / "script"
        script.write_text(_SCRIPT.format(folder=self._folder, command=command))
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCREENDIR": str(self._folder), **environment}
        self._environment.pop("TMUX", None)
        if name == "tmux":
            self._tell("new-session", "-d", "-x", "80", "-y", "24", f"sh {script}")
        else:
            subprocess.run(
                ["screen", "-U", "-c", "/dev/null", "-dmS", "planner", "sh", str(script)],
                env=self._environment,
                check=True,
                stdin=subprocess.DEVNULL,
            )
            self._tell("width", "-w", "80", "24")

    def __enter__(self) -> "Multiplexed":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill_server()
        end = time.monotonic() + PATIENCE
        while self.watcher and lives(self.watcher) and time.monotonic() < end:
            time.sleep(0.02)
        shutil.rmtree(self._folder)

    def kill_server(self) -> None:
        """End the multiplexer, and with it the terminal."""
        self._tell(*(["kill-server"] if self._name == "tmux" else ["quit"]))

    @property
    def watcher(self) -> int:
        """The process that watches over the planner; 0 before it has begun."""
        try:
            return int((self._folder / "pid").read_text() or 0)
        except OSError:
            return 0

    @property
    def planner(self) -> int:
        """The process that has the screen."""
        return children(self.watcher)[0]

    @property
    def text(self) -> str:
        """Rows of the screen as text."""
        if self._name == "tmux":
            return self._tell("capture-pane", "-p")
        copy = self._folder / "copy"
        self._tell("hardcopy", str(copy))
        return copy.read_text(errors="replace") if copy.exists() else ""

    @property
    def left_on(self) -> list[str]:
        """Modes turned on in the terminal and not off again; GNU screen does not tell them."""
        before, after = ((self._folder / name).read_text() for name in ("before", "after"))
        found = [] if before == after else ["settings"]
        if self._name == "tmux":
            said = self._tell(
                "display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{mouse_sgr_flag}#{cursor_flag}"
            )
            found += [] if said.strip() == "0001" else [f"modes {said.strip()}"]
        return found

    def send(self, keys: str) -> None:
        """Type keys."""
        if self._name == "tmux":
            self._tell("send-keys", "-l", keys)
        else:
            self._tell("stuff", keys)

    def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        end = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{self.text}"
            time.sleep(0.05)

    def leave(self, patience: float = PATIENCE) -> int:
        """Wait for the end of the planner, and give its exit code as the shell saw it."""
        end = time.monotonic() + patience
        while not (self._folder / "code").exists():
            assert time.monotonic() < end, f"still running:\n{self.text}"
            time.sleep(0.02)
        return int((self._folder / "code").read_text())

    def _tell(self, *words: str) -> str:
        if self._name == "tmux":
            line = ["tmux", "-S", str(self._folder / "socket"), "-f", "/dev/null", *words]
        else:
            line = ["screen", "-S", "planner", "-X", *words]
        done = subprocess.run(
            line, env=self._environment, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        return done.stdout
