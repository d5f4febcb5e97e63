"""Variants of custom operators of MediaPipe and of Ascend, which LiteRT does not have: other ways to the same numbers, in NumPy."""
import struct

import numpy as np
from flatbuffers import flexbuffers
from vector_models import Net

F = np.float32
SAME, VALID = 1, 2
CONV = "transposed convolution as a correlation of the spread image in float64, NumPy; MediaPipe transpose_conv_bias.cc"
POOL = "argmax over each window of the padded image, NumPy; MediaPipe max_pool_argmax.cc"
CROP = "crop around turned landmarks with complex numbers in float64, NumPy; MediaPipe landmarks_to_transform_matrix.cc, version 2"
MOVE = "places times a matrix in float64, NumPy; MediaPipe transform_landmarks.cc, version 2"
WARP = "sums with hat functions in float64, NumPy; MediaPipe transform_tensor_bilinear.cc, version 2"
QUANT = "the magnitude plus a half in float64, cut off, NumPy; the operator as AMCT describes it"
UNPOOL = "elements put at their indices, NumPy; MediaPipe max_unpooling.cc"


def packed(*numbers):
    return struct.pack(f"<{len(numbers)}i", *numbers)


def numbers(random, *shape):
    return np.round(random.uniform(-2, 2, shape), 3).astype(F)


def net_of(code, inputs, outputs, raw, constants=(), version=1):
    net = Net()
    graph = net.graph()
    given = [graph.input(x.shape) for x in inputs] + [graph.const(x) for x in constants]
    made = [graph.tensor(x.shape) for x in outputs]
    graph.op("CUSTOM", given, made, custom=code, custom_options=raw, version=version)
    return graph.output(*made).net


def convolutions(case):
    random = np.random.default_rng(8)
    for image, window, outputs, strides in (
        ((1, 3, 4, 2), (3, 3), 3, (1, 1)), ((2, 3, 2, 1), (2, 3), 2, (2, 2)), ((1, 5, 4, 3), (4, 2), 1, (3, 2)),
        ((1, 1, 1, 2), (3, 3), 2, (2, 2)), ((1, 4, 4, 1), (1, 1), 1, (2, 3)), ((3, 2, 3, 4), (2, 2), 4, (2, 2)),
    ):
        for padding in (SAME, VALID):
            x, weights, bias = numbers(random, *image), numbers(random, outputs, *window, image[3]), numbers(random, outputs)
            # The image with zeros between its elements and a frame of a window around, then each window's products.
            spread = np.zeros((image[0], *((image[1 + i] - 1) * strides[i] + 1 for i in (0, 1)), image[3]))
            spread[:, ::strides[0], ::strides[1]] = x
            frame = [(n - 1, n - 1) for n in window]
            spread = np.pad(spread, [(0, 0), *frame, (0, 0)])
            views = np.lib.stride_tricks.sliding_window_view(spread, window, (1, 2))
            full = np.einsum("byxihw,ohwi->byxo", views, weights.astype(np.float64)[:, ::-1, ::-1]) + bias
            if padding == SAME:
                cut = [max(0, window[i] - (image[1 + i] - 1) % strides[i] - 1) for i in (0, 1)]
                first = [n // 2 for n in cut]
                full = full[:, first[0]:full.shape[1] - cut[0] + first[0], first[1]:full.shape[2] - cut[1] + first[1]]
            made = [full.astype(F)]
            raw = packed(padding, strides[1], strides[0])
            yield case.model("Convolution2DTransposeBias", net_of(
                "Convolution2DTransposeBias", [x], made, raw, [weights, bias]), [x], made, CONV)


def pooled(x, padding, window, strides):
    """Values and indices of the pooling, by a padded copy and NumPy's argmax."""
    size = [-(-x.shape[1 + i] // strides[i]) if padding == SAME else (x.shape[1 + i] - window[i]) // strides[i] + 1 for i in (0, 1)]
    total = [max(0, (size[i] - 1) * strides[i] + window[i] - x.shape[1 + i]) for i in (0, 1)]
    frame = [(n // 2, n - n // 2 + window[i]) for i, n in enumerate(total)]
    wide = np.pad(x, [(0, 0), *frame, (0, 0)], constant_values=-np.inf)
    views = np.lib.stride_tricks.sliding_window_view(wide, window, (1, 2))[:, ::strides[0], ::strides[1]][:, :size[0], :size[1]]
    flat = np.nan_to_num(views.reshape(*views.shape[:4], -1), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    best = flat.argmax(-1)
    values = flat.max(-1)
    best[values == -np.inf] = 0
    return np.maximum(values, np.finfo(F).min).astype(F), best.astype(F) + F(0.1)


def poolings(case):
    random = np.random.default_rng(7)
    for image, window, strides in (
        ((1, 4, 4, 1), (2, 2), (2, 2)), ((2, 5, 7, 3), (3, 2), (1, 1)), ((1, 7, 5, 2), (3, 3), (2, 3)), ((1, 3, 3, 2), (3, 3), (1, 1)),
        ((1, 1, 1, 1), (1, 1), (1, 1)),
    ):
        for padding in (SAME, VALID):
            for activation in (0, 1, 3):
                x = numbers(random, *image)
                values, indices = pooled(x, padding, window, strides)
                values = values if activation == 0 else np.clip(values, 0, [np.inf, 0, 6][activation - 1]).astype(F)
                raw = packed(padding, strides[1], strides[0], window[1], window[0], activation, 0, 0, 0, 0)
                yield case.model("MaxPoolingWithArgmax2D", net_of("MaxPoolingWithArgmax2D", [x], [values, indices], raw), [x],
                                 [values, indices], POOL)
    # Equals, NaN and infinities; a window without a number.
    x = np.array([[3, 3, np.nan, 1], [3, 1, -np.inf, np.nan], [np.nan, np.nan, np.inf, 1], [np.nan, -np.inf, 2, np.inf]], F)
    x = x.reshape(1, 4, 4, 1)
    made = list(pooled(x, VALID, (2, 2), (2, 2)))
    yield case.model("MaxPoolingWithArgmax2D", net_of("MaxPoolingWithArgmax2D", [x], made, packed(VALID, 2, 2, 2, 2, 0)), [x], made, POOL)


def unpoolings(case):
    random = np.random.default_rng(3)
    for shape, window, strides in (
        ((1, 2, 2, 1), (2, 2), (2, 2)), ((2, 3, 2, 3), (2, 3), (2, 3)), ((1, 3, 4, 2), (3, 3), (2, 2)), ((1, 1, 1, 1), (1, 1), (1, 1)),
        ((1, 3, 3, 1), (2, 2), (3, 3)),
    ):
        x = numbers(random, *shape)
        indices = random.integers(0, window[0] * window[1], shape).astype(F) + F(0.1)
        if shape == (1, 3, 4, 2):
            # Places outside, before and behind.
            indices[0, 0, 0, 0], indices[0, 1, 1, 1] = 1000.1, -4
        size = [shape[1 + i] * window[i] for i in (0, 1)]
        first = [max(0, (shape[1 + i] - 1) * strides[i] + window[i] - size[i]) // 2 for i in (0, 1)]
        made = np.zeros((shape[0], *size, shape[3]), F)
        whole = np.trunc(indices).astype(np.int64)
        rows = np.arange(shape[1])[None, :, None, None] * strides[0] - first[0] + np.trunc(whole / window[1]).astype(np.int64)
        columns = np.arange(shape[2])[None, None, :, None] * strides[1] - first[1] + np.fmod(whole, window[1])
        for at in np.ndindex(*shape):
            if 0 <= rows[at] < size[0] and 0 <= columns[at] < size[1]:
                made[at[0], rows[at], columns[at], at[3]] = x[at]
        for padding in (SAME, VALID):
            raw = packed(padding, strides[1], strides[0], window[1], window[0], 0)
            yield case.model("MaxUnpooling2D", net_of("MaxUnpooling2D", [x, indices], [made], raw), [x, indices], [made], UNPOOL)


def options_of(fields):
    """A map in FlexBuffers' format; lists are vectors of one type, as MediaPipe writes them."""
    builder = flexbuffers.Builder()
    with builder.Map():
        for key, value in fields.items():
            builder.Key(key)
            if isinstance(value, list):
                with builder.TypedVector():
                    for number in value:
                        builder.Int(number)
            else:
                (builder.Float if isinstance(value, float) else builder.Int)(value)
    return bytes(builder.Finish())


def crop(x, subset, left, right, size, scale, angle):
    """Places as complex numbers: turned by one of length 1, measured, and turned back."""
    places = x[0, :, 0].astype(np.float64) + 1j * x[0, :, 1]
    turn = np.exp(1j * (angle - np.angle(places[right] - places[left])))
    box = places[subset] * turn
    low, high = (np.complex128(complex(f(box.real), f(box.imag))) for f in (np.min, np.max))
    # Where the corner of the crop and its two axes come to stand.
    steps = np.array([(high - low).real * scale[0] / size[0], 1j * (high - low).imag * scale[1] / size[1]]) / turn
    corner = (low + high) / 2 / turn - steps[0] * size[0] / 2 - steps[1] * size[1] / 2
    made = np.eye(4)
    made[0, [0, 1, 3]], made[1, [0, 1, 3]] = [*steps.real, corner.real], [*steps.imag, corner.imag]
    return made[None].astype(F)


def crops(case):
    random = np.random.default_rng(5)
    for count, subset, left, right, size, scale, angle in (
        (6, [0, 2, 3, 5], 1, 4, (16, 16), (1.5, 1.5), 0.0), (6, [0, 1, 2], 4, 0, (64, 32), (1.0, 1.25), 0.5),
        (9, [8, 3, 3, 7, 1], 0, 8, (5, 7), (2.0, 0.5), -1.5707964), (3, [2], 0, 1, (4, 4), (1.0, 1.0), 3.0), (2, [0, 1], 1, 0, (1, 9), (1.0, 1.0), 0.0),
    ):
        x = numbers(random, 1, count, 3) * F(40)
        made = [crop(x, subset, left, right, size, scale, angle)]
        fields = {"left_rotation_idx": left, "output_height": size[1], "output_width": size[0], "right_rotation_idx": right,
                  "scale_x": scale[0], "scale_y": scale[1], "subset_idxs": subset}
        # Absent is 0.
        fields |= {"target_rotation_radians": angle} if angle else {}
        yield case.model("Landmarks2TransformMatrix", net_of("Landmarks2TransformMatrix", [x], made, options_of(fields), version=2), [x],
                         made, CROP)


def matrix(*numbers):
    return np.array([*numbers[:2], 7, numbers[2], *numbers[3:5], -7, numbers[5], 0, 0, 1, 0, 0, 0, 0, 1], F).reshape(1, 4, 4)


MATRICES = ((1, 0, 0, 0, 1, 0), (0.5, 0.25, 1, -0.75, 1.5, 2), (0, -1, 3, 1, 0, -2), (0.25, 0, -0.5, 0, 0.125, 0.75))


def moves(case):
    random = np.random.default_rng(6)
    for numbers_of in MATRICES:
        for shape in ((1, 5, 3), (1, 4, 2), (1, 1, 3), (1, 0, 3)):
            x = numbers(random, *shape)
            place = x[..., 0].astype(np.float64), x[..., 1].astype(np.float64)
            a, b, c, d, e, f = numbers_of
            made = [np.concatenate([np.stack([a * place[0] + b * place[1] + c, d * place[0] + e * place[1] + f], -1), x[..., 2:]], -1).astype(F)]
            given = [x, matrix(*numbers_of)]
            yield case.model("TransformLandmarks", net_of("TransformLandmarks", given, made, None, version=2), given, made, MOVE)


def transforms(case):
    """Each pixel as the sum over all pixels of the image, each with its share: a hat of width 1 around its middle."""
    random = np.random.default_rng(7)
    for numbers_of in MATRICES:
        for shape, size in (((1, 4, 5, 2), (3, 4)), ((1, 2, 2, 1), (5, 5)), ((1, 6, 3, 3), (2, 7)), ((1, 1, 1, 2), (2, 2))):
            x = numbers(random, *shape)
            a, b, c, d, e, f = numbers_of
            rows, columns = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5, indexing="ij")
            to = a * columns + b * rows + c - 0.5, d * columns + e * rows + f - 0.5
            hats = [np.maximum(0, 1 - np.abs(at[..., None] - np.arange(n))) for at, n in ((to[1], shape[1]), (to[0], shape[2]))]
            inside = (to[0] >= 0) & (to[0] <= shape[2] - 1) & (to[1] >= 0) & (to[1] <= shape[1] - 1)
            made = [(np.einsum("yxi,yxj,ijc->yxc", *hats, x[0].astype(np.float64)) * inside[..., None])[None].astype(F)]
            given, raw = [x, matrix(*numbers_of)], options_of({"output_height": size[0], "output_width": size[1]})
            yield case.model("TransformTensorBilinear", net_of("TransformTensorBilinear", given, made, raw, version=2), given, made, WARP)


def ascend(case):
    random = np.random.default_rng(5)
    for scale, offset, bits in ((1, 0, 8), (42.5, -128, 8), (0.3, 17, 8), (2, 0, 4), (3.25, -3, 4)):
        half = 1 << (bits - 1)
        # Middles between integers, their neighbours, what is clipped, and anything.
        x = np.concatenate([np.arange(-9, 10) / F(2 * scale), [0.49999997, -0.49999997, 1e9, -1e9], 3 * half / scale * random.uniform(-1, 1, 21)])
        x = x.astype(F).reshape(1, 11, 4)
        times = (x * F(scale)).astype(np.float64)
        whole = np.copysign(np.floor(np.abs(times) + 0.5), times) + offset
        made = [(np.clip(whole, -half, half - 1) - offset).astype(F)]
        raw = struct.pack("<ffi", scale, offset, bits)
        yield case.model("AscendQuant", net_of("AscendQuant", [x], made, raw), [x], made, QUANT)


def variants(case):
    yield from ascend(case)
    yield from crops(case)
    yield from moves(case)
    yield from transforms(case)
    yield from convolutions(case)
    yield from poolings(case)
    yield from unpoolings(case)
