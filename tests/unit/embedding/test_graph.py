"""The graph of the default model, without its weights."""

import json
import struct
from pathlib import Path

import onnx
from jisi.embedding.minilm_graph import WIDTH, Weight, build_graph, read_weights_index


def test_weights_are_found_behind_the_header(tmp_path: Path) -> None:
    """Offsets count from the start of the file; the table of positions and the pooler are left out."""
    entries = {
        "__metadata__": {"format": "pt"},
        "embeddings.position_ids": {"dtype": "I64", "shape": [1, 2], "data_offsets": [0, 16]},
        "a.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [16, 40]},
        "pooler.dense.bias": {"dtype": "F32", "shape": [1], "data_offsets": [40, 44]},
    }
    header = json.dumps(entries).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + bytes(44))

    assert read_weights_index(file) == [Weight(name="a.weight", shape=(2, 3), offset=8 + len(header) + 16, length=24)]


def test_the_graph_names_its_weights_and_carries_none() -> None:
    """It is small, refers to the weights file by offset, and turns ids of one text into one vector."""
    model = onnx.load_from_string(build_graph([Weight("w", (4, 2), 1_000, 32)], "weights.file"))

    external = {
        tensor.name: {entry.key: entry.value for entry in tensor.external_data}
        for tensor in model.graph.initializer
        if tensor.external_data
    }
    output = model.graph.output[0].type.tensor_type.shape.dim
    assert external == {"w": {"location": "weights.file", "offset": "1000", "length": "32"}}
    assert model.ByteSize() < 40_000
    assert [dimension.dim_value for dimension in output] == [1, WIDTH]
