"""Settings of the router, from `JISI_...` variables."""

import os
from collections.abc import Mapping

from jisi.embedding.settings import EmbedderSettings
from jisi.routing.settings import RoutingSettings, setting_names
from jisi.runtime.settings import ServiceSettings
from jisi.selector.settings import SelectorSettings
from pydantic import Field, TypeAdapter


def routing_settings(environment: Mapping[str, str] | None = None) -> RoutingSettings:
    """Read `JISI_ROUTING_<SETTING>` for each setting of ALGORITHM.md, such as `JISI_ROUTING_SWITCH_THRESHOLD`.

    Raises:
        ValueError: a value is no number, or out of bounds; names the setting.
    """
    given = os.environ if environment is None else environment
    names = {name: f"JISI_ROUTING_{name.upper()}" for name in setting_names()}
    values = {name: given[variable] for name, variable in names.items() if variable in given}
    return TypeAdapter(RoutingSettings).validate_python(values)


class RouterSettings(ServiceSettings):
    """How the router is set up."""

    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings)
    routing: RoutingSettings = Field(default_factory=routing_settings)
    selector: SelectorSettings = Field(default_factory=SelectorSettings)
    response_vectors_mb: int = Field(default=256, ge=0)
    """Memory for the bank's response vectors, 6 MB for 1,000 items of four models; a larger bank's stay in Postgres."""
    first_wave_share: float = Field(default=0.45, gt=0, lt=1)
    """Share of the time to the deadline after which the first wave closes with what it has."""
    second_wave_share: float = Field(default=0.65, gt=0, lt=1)
    """The same of all further waves; the rest of the time is the aggregator's."""
