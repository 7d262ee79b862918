"""Settings of one run of the program: one frozen object, built in `main` and passed on as values.

Every field has an environment variable, `DMVPN_` and its name in capitals. Secrets have no
place here: `credentials` finds them.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the user set by environment; options of the command line override it."""

    model_config = SettingsConfigDict(
        env_prefix="DMVPN_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    inventory: Path = Path("inventory")
    """Folder of fabric.yaml and of Nornir's hosts.yaml, groups.yaml, defaults.yaml."""
    state: Path = Path(".dmvpn")
    """Folder of labs, journals and plans."""
    credentials: Path | None = None
    """File of secrets, mode 0600; `credentials.yaml` in the inventory folder when not given."""
    hosts: Path | None = None
    """A generated hosts.yaml, as a lab writes it, merged over the inventory's."""
    workers: int = Field(default=50, ge=1, le=1000)
    """Devices worked on at the same time."""
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["plain", "json"] = "plain"
    log_file: Path | None = None
