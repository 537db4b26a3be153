"""Settings of the switch, from `JISI_...` variables; the method's own settings come with each query's plan."""

from jisi.runtime.settings import ServiceSettings


class SwitchSettings(ServiceSettings):
    """How the switch is set up."""
