"""The ways in which the check quantizes models: each is what `quant run` is told, by a name."""
SCHEMES = [
    "tflite-int8", "tflite-int8 --input-type int8 --output-type int8", "tflite-int8 --input-type uint8 --output-type uint8",
    "tflite-int8 --per-tensor", "tflite-int8 --dense-per-tensor", "tflite-int8 --compat",
    "tflite-int8-legacy", "tflite-int8-legacy --input-type int8 --output-type int8", "tflite-int8-legacy --per-tensor",
    "tflite-int16x8", "tflite-int16x8 --bias-type int32", "tflite-int16x8 --input-type int16 --output-type int16",
    "tflite-uint8",
    "tflite-dynamic", "tflite-dynamic --per-tensor", "tflite-dynamic-legacy", "tflite-dynamic-legacy --per-tensor",
    "tflite-float16",
]
RECIPES = [
    "static_wi8_ai8", "static_wi8_ai16", "dynamic_wi8_afp32", "dynamic_wi4_afp32", "dynamic_legacy_wi8_afp32",
    "weight_only_wi8_afp32", "weight_only_wi4_afp32", "dynamic_wi2c_afp32", "dynamic_wi4b32_afp32", "dynamic_wi4b64_afp32",
]
QAT = ["tflite-qat", "tflite-qat --input-type int8 --output-type int8", "tflite-qat --input-type uint8 --output-type uint8"]

# Of these there is one for each family of kernels; they are run in every check.
QUICK = ["tflite-int8", "tflite-int8-legacy --per-tensor", "tflite-int16x8", "tflite-uint8", "tflite-dynamic"]


def arguments(way: str) -> list[str]:
    """What `quant run` is told."""
    name, *options = way.split()
    return ["--recipe" if name.removeprefix("aeq:") != name else "--scheme", name.removeprefix("aeq:"), *options]


ALL = SCHEMES + [f"aeq:{name}" for name in RECIPES]
