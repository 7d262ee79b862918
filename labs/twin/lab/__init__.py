"""The lab: a network of the twin in one detached process, with a folder for its state.

Public: `up`, `down`, `status`, `run_for`, `save`, `restore`, `set_link`, `attach`, `set_rate`,
`capture` and `ssh_command`; they are plain functions on the state folder (by convention
`.dmvpn/lab/<name>/`) and know no terminal.
"""

from labs.twin.lab.folder import Folder, LabError
from labs.twin.lab.lifecycle import (
    CaptureResult,
    LabStatus,
    RouterStatus,
    SessionStatus,
    attach,
    capture,
    down,
    restore,
    run_for,
    save,
    set_link,
    set_rate,
    ssh_command,
    status,
    up,
)

__all__ = [
    "CaptureResult",
    "Folder",
    "LabError",
    "LabStatus",
    "RouterStatus",
    "SessionStatus",
    "attach",
    "capture",
    "down",
    "restore",
    "run_for",
    "save",
    "set_link",
    "set_rate",
    "ssh_command",
    "status",
    "up",
]
