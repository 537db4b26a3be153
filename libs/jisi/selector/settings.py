"""Which selector a process uses, from `JISI_SELECTOR_FILE`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from jisi.errors import InputError
from jisi.routing.selection import Selector
from jisi.routing.settings import RoutingSettings
from jisi.selector.file import load_selector


class SelectorSettings(BaseSettings):
    """Every router must be given the same file; so must `jisi replay`, which compares with them."""

    model_config = SettingsConfigDict(env_prefix="JISI_SELECTOR_")

    file: Path | None = Field(
        default=None,
        description="what `jisi selector train` wrote, for method `selector`; the settings of agreement and the"
        " support threshold are then those that it was fitted by",
    )

    def load(self, routing: RoutingSettings, embedder: str) -> Selector | None:
        """Read the selector; None where no file is given and none is needed.

        Raises:
            InputError: method `selector` lacks its file; or the file is missing, broken, or of another embedder.
        """
        if self.file is None:
            if routing.method == "selector":
                raise InputError(
                    "JISI_ROUTING_METHOD=selector needs JISI_SELECTOR_FILE: train a selector by "
                    "`jisi selector train BANK... --out FILE` and name that file."
                )
            return None
        selector = load_selector(self.file)
        if selector.training.embedder != embedder:
            raise InputError(
                f"{self.file}: the selector was fitted with the embedder {selector.training.embedder}, this process "
                f"embeds with {embedder}: train one with the same JISI_EMBEDDER... variables."
            )
        return selector


def in_force(routing: RoutingSettings, selector: Selector | None) -> RoutingSettings:
    """Give the routing settings that queries are planned with: by method `selector` those that it was fitted by."""
    return routing if selector is None or routing.method != "selector" else selector.settings(routing)
