"""Settings of the generator, from `JISI_...` variables."""

from jisi.runtime.calling import CallingSettings


class GeneratorSettings(CallingSettings):
    """How the generator is set up."""
