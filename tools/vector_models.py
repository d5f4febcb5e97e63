"""Builds small .tflite models that recipes cannot say: several graphs, variables, sparse or half-precision constants."""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    "FLOAT32": np.float32, "FLOAT16": np.float16, "INT32": np.int32, "INT64": np.int64, "INT16": np.int16,
    "INT8": np.int8, "UINT8": np.uint8, "BOOL": np.bool_, "COMPLEX64": np.complex64, "RESOURCE": None,
}


def word(dtype) -> str:
    return next(name for name, kind in TYPES.items() if kind is not None and np.dtype(kind) == dtype)


class Graph:
    """One subgraph; tensors and operators are numbered in the order of the calls."""

    def __init__(self, net, name):
        self.net, self.it = net, schema.SubGraphT()
        self.it.name, self.it.tensors, self.it.operators, self.it.inputs, self.it.outputs = name, [], [], [], []

    def tensor(self, shape, dtype="FLOAT32", data=None, quant=None, variable=False, signature=None, sparsity=None):
        """A tensor's number. data: elements or raw bytes of a constant; quant: (scales, zero points, dimension)."""
        it = schema.TensorT()
        it.name = f"{self.it.name}{len(self.it.tensors)}"
        it.shape, it.type, it.isVariable = list(shape), getattr(schema.TensorType, dtype), variable
        it.hasRank = True
        if signature is not None:
            it.shapeSignature = list(signature)
        if data is not None:
            raw = data if isinstance(data, bytes) else np.asarray(data, TYPES[dtype]).tobytes()
            it.buffer = self.net.buffer(raw)
        if quant is not None:
            it.quantization = schema.QuantizationParametersT()
            it.quantization.scale, it.quantization.zeroPoint = list(quant[0]), list(quant[1])
            it.quantization.quantizedDimension = quant[2] if len(quant) > 2 else 0
        it.sparsity = sparsity
        self.it.tensors.append(it)
        return len(self.it.tensors) - 1

    def const(self, array, **more):
        array = np.asarray(array)
        return self.tensor(array.shape, word(array.dtype), array, **more)

    def input(self, shape, dtype="FLOAT32", **more):
        self.it.inputs.append(self.tensor(shape, dtype, **more))
        return self.it.inputs[-1]

    def op(self, code, inputs, outputs, options=None, custom=None, custom_options=None, version=1):
        """code: a name of BuiltinOperator; options: a generated object such as AddOptionsT; -1 is an absent input."""
        it = schema.OperatorT()
        it.opcodeIndex = self.net.opcode(code, custom, version)
        it.inputs, it.outputs = list(inputs), list(outputs)
        if options is not None:
            kind = type(options).__name__[:-1]
            if hasattr(schema.BuiltinOptions, kind):
                it.builtinOptions, it.builtinOptionsType = options, getattr(schema.BuiltinOptions, kind)
            else:
                it.builtinOptions2, it.builtinOptions2Type = options, getattr(schema.BuiltinOptions2, kind)
        if custom_options is not None:
            it.customOptions = list(custom_options)
        self.it.operators.append(it)
        return outputs[0] if outputs else None

    def output(self, *tensors):
        self.it.outputs.extend(tensors)
        return self


class Net:
    """A model under construction."""

    def __init__(self):
        self.it = schema.ModelT()
        self.it.version, self.it.description = 3, ""
        self.it.operatorCodes, self.it.subgraphs, self.it.buffers = [], [], [schema.BufferT()]

    def graph(self, name="t"):
        graph = Graph(self, name)
        self.it.subgraphs.append(graph.it)
        return graph

    def buffer(self, raw: bytes) -> int:
        it = schema.BufferT()
        it.data = list(raw)
        self.it.buffers.append(it)
        return len(self.it.buffers) - 1

    def opcode(self, code, custom, version) -> int:
        it = schema.OperatorCodeT()
        it.builtinCode = getattr(schema.BuiltinOperator, code)
        it.deprecatedBuiltinCode, it.customCode, it.version = min(it.builtinCode, 127), custom, version
        for number, other in enumerate(self.it.operatorCodes):
            if (other.builtinCode, other.customCode, other.version) == (it.builtinCode, custom, version):
                return number
        self.it.operatorCodes.append(it)
        return len(self.it.operatorCodes) - 1

    def bytes(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.it.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def options(kind, **fields):
    """A generated options object: options("IfOptions", thenSubgraphIndex=1)."""
    it = getattr(schema, f"{kind}T")()
    for name, value in fields.items():
        setattr(it, name, value)
    return it


def sparse(array, order, formats, blocks=()):
    """The stored elements of an array as raw bytes, and their SparsityParametersT.

    order: dimensions from the outermost level to the innermost; those from the rank on are the blocks
    formats: for each level d (dense) or s (compressed); blocks: pairs (dimension, size)
    """
    array = np.asarray(array)
    rank, split, outer, inner = array.ndim, [], list(array.shape), []
    for number, (dimension, size) in enumerate(blocks):
        outer[dimension] //= size
    at = {}
    for dimension in range(rank):
        at[dimension] = len(split)
        split.append(outer[dimension])
        for number, (blocked, size) in enumerate(blocks):
            if blocked == dimension:
                at[rank + number] = len(split)
                split.append(size)
    nodes = [array.reshape(split).transpose([at[dimension] for dimension in order])]
    sizes = nodes[0].shape
    it = schema.SparsityParametersT()
    it.traversalOrder, it.dimMetadata = list(order), []
    it.blockMap = [dimension for dimension, _ in blocks] or None
    for level, (kind, size) in enumerate(zip(formats, sizes)):
        metadata = schema.DimensionMetadataT()
        if kind == "d":
            metadata.format, metadata.denseSize = schema.DimensionType.DENSE, size
            nodes = [node[index] for node in nodes for index in range(size)]
        else:
            metadata.format, segments, indices, below = schema.DimensionType.SPARSE_CSR, [0], [], []
            for node in nodes:
                for index in range(size):
                    if np.any(node[index]):
                        indices.append(index)
                        below.append(node[index])
                segments.append(len(indices))
            nodes = below
            # Each of the three widths of numbers is used by some level.
            width = ("Uint8Vector", "Uint16Vector", "Int32Vector")[level % 3]
            for field, values in (("arraySegments", segments), ("arrayIndices", indices)):
                vector = getattr(schema, f"{width}T")()
                vector.values = np.array(values, {"U": np.uint8, "I": np.int32}[width[0]] if width != "Uint16Vector" else np.uint16)
                setattr(metadata, field, vector)
                setattr(metadata, f"{field}Type", getattr(schema.SparseIndexVector, width))
        it.dimMetadata.append(metadata)
    return np.array([node for node in nodes], array.dtype).tobytes(), it
