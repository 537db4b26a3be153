"""Which embedder a process uses, from `JISI_EMBEDDER` and `JISI_EMBEDDER_...` variables."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, HttpUrl, PositiveFloat, PositiveInt, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EmbedderKind = Literal["minilm", "sentence-transformers", "endpoint"]


class EmbedderSettings(BaseSettings):
    """Every process that embeds, and the import of a bank, must be given the same model: a bank refuses another one."""

    model_config = SettingsConfigDict(env_prefix="JISI_EMBEDDER_", populate_by_name=True)

    kind: EmbedderKind = Field(
        default="minilm",
        validation_alias=AliasChoices("JISI_EMBEDDER", "JISI_EMBEDDER_KIND"),
        description="minilm: all-MiniLM-L6-v2 on ONNX Runtime, no further setting; sentence-transformers: any local"
        " model, needs the extra of that name; endpoint: an OpenAI-compatible /embeddings endpoint",
    )
    threads: PositiveInt | None = Field(default=None, description="texts embedded at once; default: one a core")
    model_folder: Path | None = Field(
        default=None,
        description="folder with model.safetensors and tokenizer.json of all-MiniLM-L6-v2, instead of the download",
    )
    model: str | None = Field(default=None, description="name or folder of the model, for the kinds that take any")
    tail_tokens: PositiveInt | None = Field(
        default=None,
        description="tokens read of a text, from its end; default: the model's window (sentence-transformers)",
    )
    base_url: HttpUrl | None = Field(default=None, description="of the endpoint, up to and with /v1")
    api_key_env: str | None = Field(default=None, description="name of the variable that holds the endpoint's key")
    dimensions: PositiveInt | None = Field(default=None, description="length of the endpoint's vectors")
    tokenizer_file: Path | None = Field(
        default=None,
        description="tokenizer.json of the endpoint's model, to count the tail exactly; without it a token is taken"
        " to be three characters",
    )
    timeout_seconds: PositiveFloat = Field(default=60.0, description="of one request to the endpoint")
    batch_size: PositiveInt = Field(default=32, description="texts in one request, or in one batch of a local model")
    concurrency: PositiveInt = Field(default=4, description="requests to the endpoint at once")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Name every variable that the chosen kind still lacks."""
        needed: dict[EmbedderKind, tuple[str, ...]] = {
            "minilm": (),
            "sentence-transformers": ("model",),
            "endpoint": ("model", "base_url", "dimensions", "tail_tokens"),
        }
        missing = [f"JISI_EMBEDDER_{name.upper()}" for name in needed[self.kind] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"JISI_EMBEDDER={self.kind} also needs {', '.join(missing)}")
        return self
