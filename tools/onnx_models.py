"""Small ONNX models for tests/hostile/onnx_model and onnx_pipeline, sound ones and broken ones, and what onnxruntime makes
of the sound ones without optimization (crates/quant-onnx/tests/values.json).

    python tools/onnx_models.py        (pip install onnx onnxruntime)
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T, helper as h, numpy_helper as nh

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests/hostile"
rng = np.random.default_rng(7)


def weights(name, *shape):
    return nh.from_array(rng.normal(size=shape).astype(np.float32), name)


def ints(name, *values):
    return nh.from_array(np.array(values, np.int64), name)


def model(nodes, inputs, outputs, initializers=(), opset=13, functions=()):
    def info(name, shape, kind=T.FLOAT):
        return h.make_tensor_value_info(name, kind, shape)

    graph = h.make_graph(nodes, "g", [info(*i) for i in inputs], [info(*o) for o in outputs], list(initializers))
    opsets = [h.make_opsetid("", opset), h.make_opsetid("com.microsoft", 1), h.make_opsetid("own", 1)]
    return h.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


n = h.make_node
image = [("x", [1, 2, 5, 5])]
ALL = {
    "network": model(
        [
            n("Conv", ["x", "w"], ["a"], "conv", pads=[1, 1, 0, 1], strides=[2, 1]),
            n("BatchNormalization", ["a", "s", "b", "m", "v"], ["c"]),
            n("Relu", ["c"], ["d"]),
            n("MaxPool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
            n("Flatten", ["e"], ["f"]),
            n("Gemm", ["f", "g", "k"], ["y"], transB=1, alpha=0.5),
        ],
        image,
        [("y", [1, 3])],
        [weights("w", 4, 2, 3, 3), *(weights(i, 4) for i in "sbm"), nh.from_array(np.ones(4, np.float32), "v"),
         weights("g", 3, 12), weights("k", 3)],
    ),
    "pads_and_resize": model(
        [
            n("Pad", ["x", "p"], ["a"], mode="edge"),
            n("Resize", ["a", "", "r"], ["b"], mode="cubic"),
            n("AveragePool", ["b"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            n("ConvTranspose", ["c", "w"], ["y"], strides=[2, 2], pads=[1, 1, 1, 1], group=2),
        ],
        image,
        [("y", [])],
        [ints("p", 0, 0, 1, 2, 0, 0, 0, 1), nh.from_array(np.array([1, 1, 1.5, 2], np.float32), "r"), weights("w", 2, 1, 3, 3)],
    ),
    "shapes": model(
        [
            n("Shape", ["x"], ["s"]), n("Gather", ["s", "i"], ["d"]), n("Unsqueeze", ["d", "z"], ["e"]),
            n("Concat", ["e", "m"], ["f"], axis=0), n("Reshape", ["x", "f"], ["a"]), n("Transpose", ["a"], ["b"]),
            n("Slice", ["b", "st", "en", "z", "sp"], ["c"]), n("Softmax", ["c"], ["t"], axis=0), n("TopK", ["t", "k"], ["y", "q"]),
        ],
        image,
        [("y", [])],
        [nh.from_array(np.array(1, np.int64), "i"), ints("z", 0), ints("m", -1),
         ints("st", -1), ints("en", -100), ints("sp", -2), ints("k", 1)],
    ),
    "quantized": model(
        [
            n("QuantizeLinear", ["x", "xs", "xz"], ["q"]), n("DequantizeLinear", ["q", "xs", "xz"], ["a"]),
            n("DequantizeLinear", ["w", "ws", "wz"], ["v"], axis=0), n("Conv", ["a", "v"], ["c"]),
            n("QuantizeLinear", ["c", "xs", "xz"], ["d"]), n("DequantizeLinear", ["d", "xs", "xz"], ["y"]),
        ],
        image,
        [("y", [])],
        [nh.from_array(np.float32(0.05), "xs"), nh.from_array(np.uint8(120), "xz"),
         nh.from_array(rng.integers(-127, 127, (3, 2, 3, 3)).astype(np.int8), "w"),
         nh.from_array(np.array([0.1, 0.2, 0.3], np.float32), "ws"), nh.from_array(np.zeros(3, np.int8), "wz")],
    ),
    "operators_on_integers": model(
        [
            n("QuantizeLinear", ["x", "xs", "xz"], ["q"]),
            n("QLinearConv", ["q", "xs", "xz", "w", "xs", "wz", "xs", "xz", "b"], ["c"]),
            n("MaxPool", ["c"], ["p"], kernel_shape=[2, 2]),
            n("QLinearAdd", ["p", "xs", "xz", "p", "xs", "xz", "xs", "xz"], ["e"], domain="com.microsoft"),
            n("DequantizeLinear", ["e", "xs", "xz"], ["y"]),
        ],
        image,
        [("y", [])],
        [nh.from_array(np.float32(0.05), "xs"), nh.from_array(np.uint8(120), "xz"), nh.from_array(np.int8(0), "wz"),
         nh.from_array(rng.integers(-127, 127, (3, 2, 3, 3)).astype(np.int8), "w"), nh.from_array(np.array([1, 2, 3], np.int32), "b")],
    ),
    "recurrent": model(
        [n("LSTM", ["t", "w", "r", "b"], ["y", "h"], hidden_size=2, direction="bidirectional"),
         n("GRU", ["t", "gw", "gr"], ["g"], hidden_size=2)],
        [("t", [3, 1, 2])],
        [("y", []), ("h", []), ("g", [])],
        [weights("w", 2, 8, 2), weights("r", 2, 8, 2), weights("b", 2, 16), weights("gw", 1, 6, 2), weights("gr", 1, 6, 2)],
    ),
}


def graph(name, nodes, inputs, outputs):
    return h.make_graph(nodes, name, [h.make_tensor_value_info(i, k, []) for i, k in inputs],
                        [h.make_tensor_value_info(o, k, []) for o, k in outputs])


ALL["control"] = model(
    [
        n("If", ["k"], ["a"], then_branch=graph("t", [n("Relu", ["x"], ["p"])], [], [("p", T.FLOAT)]),
          else_branch=graph("e", [n("Neg", ["x"], ["q"])], [], [("q", T.FLOAT)])),
        n("Loop", ["n", "", "a"], ["b", "s"],
          body=graph("l", [n("Identity", ["c"], ["d"]), n("Tanh", ["v"], ["w"]), n("Neg", ["v"], ["u"])],
                     [("i", T.INT64), ("c", T.BOOL), ("v", T.FLOAT)], [("d", T.BOOL), ("w", T.FLOAT), ("u", T.FLOAT)])),
        n("Twice", ["b"], ["y"], "call", domain="own", alpha=0.25),
    ],
    [("x", [2, 3]), ("k", [], T.BOOL)],
    [("y", []), ("s", [])],
    [nh.from_array(np.array(3, np.int64), "n")],
)
leaky = n("LeakyRelu", ["f"], ["o"])
leaky.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT))
ALL["control"].functions.append(
    h.make_function("own", "Twice", ["e"], ["o"], [n("Add", ["e", "e"], ["f"]), leaky], [h.make_opsetid("", 13)], ["alpha"]))

# Numbers of their own, so that the others stay what they were.
other = np.random.default_rng(8)


def bytes_of(name, kind, *shape):
    return nh.from_array(other.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape).astype(kind), name)


ALL["quantized_at_run"] = model(
    [
        n("DynamicQuantizeLinear", ["x"], ["q", "s", "z"], "quantize"),
        n("ConvInteger", ["q", "w", "z", "wz"], ["sums"], "conv", pads=[1, 1, 0, 0]),
        n("Cast", ["sums"], ["floats"], "cast", to=T.FLOAT),
        n("Mul", ["s", "ws"], ["scale"], "scales"),
        n("Mul", ["floats", "scale"], ["image"], "rescale"),
        n("Flatten", ["image"], ["flat"], "flat"),
        n("DynamicQuantizeLinear", ["flat"], ["fq", "fs", "fz"], "quantize_flat"),
        n("MatMulInteger", ["fq", "m", "fz"], ["products"], "product"),
        n("Cast", ["products"], ["real"], "cast_products", to=T.FLOAT),
        n("Mul", ["real", "fs"], ["y"], "rescale_products"),
    ],
    image,
    [("y", [1, 3])],
    [bytes_of("w", np.uint8, 2, 2, 2, 2), nh.from_array(np.array(130, np.uint8), "wz"),
     nh.from_array(np.float32(0.01), "ws"), bytes_of("m", np.int8, 50, 3)],
)
ALL["in_blocks"] = model(
    [
        n("MatMulNBits", ["x", "b", "bs", "bz"], ["h"], "four", domain="com.microsoft", N=16, K=20, bits=4, block_size=16),
        n("MatMulNBits", ["h", "c", "cs"], ["y"], "eight", domain="com.microsoft", N=3, K=16, bits=8, block_size=16),
    ],
    [("x", [2, 20])],
    [("y", [2, 3])],
    [bytes_of("b", np.uint8, 16, 2, 8), nh.from_array(other.uniform(0.01, 0.1, 32).astype(np.float32), "bs"),
     bytes_of("bz", np.uint8, 16), bytes_of("c", np.uint8, 3, 1, 16),
     nh.from_array(other.uniform(0.01, 0.1, 3).astype(np.float32), "cs")],
)

BROKEN = {}
m = onnx.ModelProto(); m.CopyFrom(ALL["control"])
m.functions[0].node.append(n("Twice", ["f"], ["z"], domain="own"))
BROKEN["a_function_that_calls_itself"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["control"])
m.graph.initializer[0].CopyFrom(nh.from_array(np.array(2**62, np.int64), "n"))
BROKEN["a_loop_of_2_to_the_62"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["network"])
m.graph.node[0].attribute[0].ints[0] = 2**62
BROKEN["a_pad_of_2_to_the_62"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["network"])
m.graph.node[3].input[0] = "e"
BROKEN["reads_itself"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["pads_and_resize"])
m.graph.initializer[1].CopyFrom(nh.from_array(np.array([1, 1, 1e9, np.nan], np.float32), "r"))
BROKEN["a_resize_by_a_billion"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["quantized"])
m.graph.initializer[0].CopyFrom(nh.from_array(np.float32(0), "xs"))
BROKEN["a_scale_of_zero"] = m
m = onnx.ModelProto(); m.CopyFrom(ALL["recurrent"])
m.graph.initializer[1].CopyFrom(weights("r", 1, 1, 1))
BROKEN["recurrent_weights_of_another_shape"] = m

for target, files in (("onnx_model", {**ALL, **BROKEN}), ("onnx_pipeline", ALL)):
    (ROOT / target).mkdir(exist_ok=True)
    for name, m in files.items():
        (ROOT / target / name).write_bytes(m.SerializeToString())
whole = ALL["network"].SerializeToString()
(ROOT / "onnx_model" / "network_cut").write_bytes(whole[:-9])

options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL


def tensor(value):
    return {"shape": list(value.shape), "data": [float(x) for x in value.reshape(-1)]}


values = {}
for name, m in ALL.items():
    session = ort.InferenceSession(m.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = {}
    for i in session.get_inputs():
        kind = {"tensor(bool)": bool, "tensor(float)": np.float32}[i.type]
        inputs[i.name] = rng.normal(size=i.shape).astype(kind)
    outputs = session.run(None, inputs)
    values[name] = {
        "inputs": [tensor(inputs[i.name]) for i in session.get_inputs()],
        "outputs": {o.name: tensor(value) for o, value in zip(session.get_outputs(), outputs)},
    }
target = pathlib.Path(__file__).resolve().parent.parent / "crates/quant-onnx/tests/values.json"
target.write_text(json.dumps(values, indent=1) + "\n")
