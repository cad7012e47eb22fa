"""The program's own data, as text that the compiled TOML reader takes a few milliseconds for."""


def read_data(module: str, name: str) -> bytes:
    """Read a file in the folder of a module, without what knows more of paths and takes long to load."""
    with open(module[: max(module.rfind("/"), module.rfind("\\")) + 1] + name, "rb") as file:  # noqa: PTH123
        return file.read()
