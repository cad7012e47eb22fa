"""The program's own TOML, kept read and checked beside its compiled modules, as a module is.

Reading the facts as text takes longer than deriving a plan from them. Python compiles a module once and keeps that
until the source has another time or size; a data file goes the same way here, under the same rules: an edit needs no
further step, and where nothing may be written the text is read each time.
"""

from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

_AS_SOURCE = ".data"
"""Makes the name of the compiled file differ from that of a module called as the data file is."""


class _DataLoader(SourceFileLoader):
    def __init__(self, path: str, pack: Callable[[bytes], bytes]) -> None:
        super().__init__(path, path + _AS_SOURCE)
        self._pack = pack

    def path_stats(self, path: str) -> dict[str, Any]:
        """Give time and size of the data file."""
        return dict(super().path_stats(path.removesuffix(_AS_SOURCE)))

    def get_data(self, path: str) -> bytes:
        """Read the data file, or the compiled one."""
        return super().get_data(path.removesuffix(_AS_SOURCE))

    def source_to_code(self, data: bytes, path: str, *, _optimization: int = -1) -> CodeType:  # type: ignore[override]
        """Compile the data file: its packed form as one constant."""
        return compile(repr(self._pack(data)), path, "eval")


def beside(module: str, name: str) -> str:
    """Give the path of a file in the folder of a module, without what knows more of paths and takes long to load."""
    return module[: max(module.rfind("/"), module.rfind("\\")) + 1] + name


def read_packed(path: str, pack: Callable[[bytes], bytes]) -> bytes:
    """Give the packed form of a data file, made anew if the file has changed since.

    Args:
        path: the data file.
        pack: checks what it is given, the file as it stands, and packs it; may refuse with an exception of its own.
    """
    code = _DataLoader(path, pack).get_code(path)
    constants: tuple[Any, ...] = code.co_consts if code is not None else ()
    return next(constant for constant in constants if isinstance(constant, bytes))
