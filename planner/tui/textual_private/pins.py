"""The sources of Textual that are reached into or overridden, held to the version they were read in.

With other sources the planner does without its own parts and says so: it runs as any app of Textual's does.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

WRITTEN_FOR = "8.2.8"

DIGESTS = {
    "_callback.py": "35bce48ec27b2f35a58f34cc084875e453b034edbf83a08469c3ff6bac041f77",
    "_compositor.py": "820ca6940bec3a42f3082a96818237de1febf0e2bcd40ee2f21e36951ffc1a48",
    "_parser.py": "82b19697cd0cdcb175ea03f4480808caf526b5609034d970da200f68bece2b34",
    "_queue.py": "aa44276a4fbb4a471d48894bcaf69ee3966255447c706f542aa36676b2737e79",
    "_styles_cache.py": "7a197dfa0517d22f1f95659ee97da04e4db812c0a19446822d2a35636a9b1c3e",
    "_xterm_parser.py": "7e279d11dee84514f8b150b781f7817ca37dbfb78463d91d6a7baebe31350e9b",
    "app.py": "a1c04e978716b9e36a5e8c81876ac59e2038759c6cfaf92389c8a2a0917009dd",
    "binding.py": "ca3948026d29185595845eefa3b396bab17353bd4fb4576c89f7affcdcd415a9",
    "color.py": "fd506f8f8e309f23311c35d480304ee5f1bb625aa459205d42589a9abf441ec2",
    "css/stylesheet.py": "3f70ebc0d7aca401707580cbe9fb2a5e8bc6b1a56c46dc2066ac8085fda5cd8f",
    "design.py": "ecbbe128cec76d9fa2a71a931551ce936cc73c281eb854aafbdb8cc52d1dcece",
    "dom.py": "c82d88213c827197441a74b3aa6b6c8123e2d0211685c566665e393b7160443c",
    "driver.py": "64c0b658c795c3a405ca50b18a8fbfd776f886afebcb91d8695abf364be4494e",
    "drivers/_writer_thread.py": "ed61c91952acb8413631476fa24d900ff97b61cc788ee0a6a612cd406dfa86ea",
    "drivers/linux_driver.py": "db42ae6006b8bece79ae44baee9e1c1f9ce8e92214d54d8d672516fa53f29ac4",
    "message.py": "50816fcfe00981595a196f74215c97873aa1a39702c45ccdd990ba3c97fedc62",
    "message_pump.py": "b580554a43fdfd14e67cd2367f64d4c11e38f51c254894b1c5ef9aa0b95231a4",
    "notifications.py": "3b71178c9d44930cf2856f6234db81ec2d200325c3fee2f93c55129bd840287a",
    "screen.py": "b5ace323f3b7607d2e71934829ec1681ea019478c80d68de017cdd5865e1cce9",
    "strip.py": "b58d946c8b0cbabc879bb2f4d3c6d191a6f7667fe6d04338e9f6e4345379525f",
    "style.py": "0923247c0a98e42663c12df088ab452c313a92d1776af4c3297279c0fd68a2b5",
    "suggestions.py": "6d74781c76e4b01ad69df0ae417d90d0e85bf2314f76fa73f04f6654825e9d3f",
    "theme.py": "e225b278093b4ead2b8f56d84ec44b0a1d8f185c4fb143f3927a57d0af00a1d3",
    "widget.py": "962dbb32409191bca29a554c22d825ee2a71d49648ba5385e7971bc44b839b5a",
}
"""SHA-256 of each source."""

DRIVER = ("_parser.py", "_xterm_parser.py", "driver.py", "drivers/_writer_thread.py", "drivers/linux_driver.py")
"""What the planner's driver rests on."""

PAINTING = ("_compositor.py", "app.py", "message_pump.py", "screen.py", "strip.py")
"""What sending single cells rests on."""

LINES = ("_compositor.py", "_styles_cache.py", "dom.py", "screen.py", "strip.py", "widget.py")
"""What painting lines without the compositor rests on."""

KEPT = (
    "_compositor.py", "_styles_cache.py", "app.py", "dom.py", "message_pump.py", "screen.py", "strip.py", "widget.py",
)  # fmt: skip
"""What showing a page that is kept rests on."""

STYLES = ("_compositor.py", "app.py", "css/stylesheet.py", "dom.py", "screen.py", "widget.py")
"""What working out styles when they are needed rests on."""

ENDS = ("app.py", "message_pump.py")
"""What the handling of crashes rests on."""

BINDINGS = ("app.py", "binding.py", "dom.py", "screen.py", "widget.py")
"""What looking up the bindings of one key rests on."""

KEYS = (
    "_callback.py", "_compositor.py", "app.py", "dom.py", "message.py", "message_pump.py", "screen.py", "widget.py",
)  # fmt: skip
"""What dealing with a key in one go rests on."""

RESTING = ("_queue.py", "message_pump.py")
"""What seeing that nothing is left to do rests on."""


@cache
def digest(name: str) -> str:
    """Give the SHA-256 of a source as it is installed; empty if it is not there."""
    spec = find_spec("textual")
    if spec is None or spec.origin is None:
        return ""
    try:
        return hashlib.sha256(Path(spec.origin).parent.joinpath(name).read_bytes()).hexdigest()
    except OSError:
        return ""


def changed(*names: str) -> list[str]:
    """Name those of some sources that are not the ones that were read; of all if none is named."""
    return [name for name in names or DIGESTS if digest(name) != DIGESTS[name]]


@cache
def as_read(*names: str) -> bool:
    """Whether some sources are those that were read. What is found at first holds for as long as the process runs."""
    return not changed(*names)
