"""The computation of all-MiniLM-L6-v2 as an ONNX graph whose weights stay in the model's own safetensors file.

The published model has no ONNX form that is exact and small: exports are a second copy of the weights. Here the graph
is made in memory (a few milliseconds) and its weights are declared as external data at their offsets inside
`model.safetensors`, so nothing is converted and nothing is copied.
"""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
WIDTH = 384
HEADS = 12
HEAD_WIDTH = WIDTH // HEADS
LAYER_NORM_EPSILON = 1e-12
OPSET = 17
"""The first operator set with LayerNormalization."""
IR_VERSION = 8
"""The file format that goes with opset 17."""

INPUT = "input_ids"
OUTPUT = "embedding"

_UNUSED = frozenset({"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"})
"""What the weights carry along and the sentence embedding does not use."""


@dataclass(frozen=True, slots=True)
class Weight:
    """Where one float32 tensor lies in the weights file: shape, and offset and length in bytes."""

    name: str
    shape: tuple[int, ...]
    offset: int
    length: int


def read_weights_index(path: Path) -> list[Weight]:
    """Read the header of a safetensors file: eight bytes of length, JSON, then the tensors one after the other."""
    with path.open("rb") as file:
        (header_length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_length))
    start = 8 + header_length
    weights = []
    for name, entry in header.items():
        if name == "__metadata__" or name in _UNUSED:
            continue
        first, last = entry["data_offsets"]
        weights.append(Weight(name=name, shape=tuple(entry["shape"]), offset=start + first, length=last - first))
    return weights


class _Graph:
    """Collects nodes; every method adds one operation and returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, inputs: Iterable[str], **attributes: float | list[int]) -> str:
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, None, None, None, **attributes))
        return name

    def constant(self, value: object, dtype: type[np.generic]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def linear(self, inputs: str, module: str) -> str:
        """Return inputs @ W.T + b; the transposition is folded into the weights when the session loads."""
        transposed = self.add("Transpose", [f"{module}.weight"], perm=[1, 0])
        return self.add("Add", [self.add("MatMul", [inputs, transposed]), f"{module}.bias"])

    def layer_norm(self, inputs: str, module: str) -> str:
        return self.add(
            "LayerNormalization",
            [inputs, f"{module}.weight", f"{module}.bias"],
            axis=-1,
            epsilon=LAYER_NORM_EPSILON,
        )

    def gelu(self, inputs: str) -> str:
        """Return x/2 * (1 + erf(x/sqrt 2)), the exact form."""
        scaled = self.add("Div", [inputs, self.constant(np.sqrt(2.0), np.float32)])
        gate = self.add("Add", [self.add("Erf", [scaled]), self.constant(1.0, np.float32)])
        return self.add("Mul", [self.add("Mul", [inputs, gate]), self.constant(0.5, np.float32)])


def build_graph(weights: Iterable[Weight], weights_file: str) -> bytes:
    """Build the serialized graph: int64 token ids of one text (1, n) to its unit vector (1, 384).

    One text at a time: there is no padding, hence no mask, and a vector cannot depend on its neighbours.
    `weights_file` is the name of the safetensors file inside the folder the session is told to look in.
    """
    graph = _Graph()
    hidden = _embeddings(graph)
    head_shape = graph.constant([0, 0, HEADS, HEAD_WIDTH], np.int64)
    flat_shape = graph.constant([0, 0, WIDTH], np.int64)
    scale = graph.constant(np.sqrt(HEAD_WIDTH), np.float32)
    for index in range(LAYERS):
        layer = f"encoder.layer.{index}"
        context = _attention(graph, hidden, f"{layer}.attention.self", (head_shape, flat_shape, scale))
        attended = graph.linear(context, f"{layer}.attention.output.dense")
        hidden = graph.layer_norm(graph.add("Add", [attended, hidden]), f"{layer}.attention.output.LayerNorm")
        inner = graph.gelu(graph.linear(hidden, f"{layer}.intermediate.dense"))
        outer = graph.linear(inner, f"{layer}.output.dense")
        hidden = graph.layer_norm(graph.add("Add", [outer, hidden]), f"{layer}.output.LayerNorm")
    mean = graph.add("ReduceMean", [hidden], axes=[1], keepdims=0)
    unit = graph.add("LpNormalization", [mean], axis=-1, p=2)
    graph.nodes.append(helper.make_node("Identity", [unit], [OUTPUT]))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info(INPUT, TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, WIDTH])],
            [*graph.constants, *(_external(weight, weights_file) for weight in weights)],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    return bytes(model.SerializeToString())


def _embeddings(graph: _Graph) -> str:
    """Sum the embeddings of word, position and token type 0, then normalise."""
    zero = graph.constant([0], np.int64)
    one = graph.constant([1], np.int64)
    words = graph.add("Gather", ["embeddings.word_embeddings.weight", INPUT], axis=0)
    length = graph.add("Slice", [graph.add("Shape", [INPUT]), one, graph.constant([2], np.int64)])
    positions = graph.add("Slice", ["embeddings.position_embeddings.weight", zero, length, zero])
    token_type = graph.add("Slice", ["embeddings.token_type_embeddings.weight", zero, one, zero])
    total = graph.add("Add", [graph.add("Add", [words, token_type]), positions])
    return graph.layer_norm(total, "embeddings.LayerNorm")


def _attention(graph: _Graph, hidden: str, module: str, constants: tuple[str, str, str]) -> str:
    """Return softmax(q k' / sqrt(32)) v over twelve heads, every token seeing every token."""
    head_shape, flat_shape, scale = constants

    def heads(name: str, order: list[int]) -> str:
        split = graph.add("Reshape", [graph.linear(hidden, f"{module}.{name}"), head_shape])
        return graph.add("Transpose", [split], perm=order)

    queries, keys, values = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scores = graph.add("Div", [graph.add("MatMul", [queries, keys]), scale])
    context = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), values])
    return graph.add("Reshape", [graph.add("Transpose", [context], perm=[0, 2, 1, 3]), flat_shape])


def _external(weight: Weight, weights_file: str) -> TensorProto:
    tensor = TensorProto()
    tensor.name = weight.name
    tensor.data_type = TensorProto.FLOAT
    tensor.dims.extend(weight.shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", weights_file), ("offset", weight.offset), ("length", weight.length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor
