"""Builds small .tflite models that recipes cannot say: several graphs, variables, sparse or half-precision constants."""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    "FLOAT32": np.float32, "FLOAT16": np.float16, "INT32": np.int32, "INT64": np.int64, "INT16": np.int16,
    "INT8": np.int8, "UINT8": np.uint8, "BOOL": np.bool_, "RESOURCE": None,
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
            it.builtinOptions = options
            it.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
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
