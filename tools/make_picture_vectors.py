#!/usr/bin/env python3
"""Makes crates/quant-picture/tests/vectors: small pictures with Pillow's pixels, and resizes of Pillow and TensorFlow.

`jpeg.json` has JPEG files of all kinds with the checksums (CRC-32) of the colours that Pillow and TensorFlow make of them.

    python3 -m venv V && V/bin/pip install pillow numpy tensorflow-cpu && V/bin/python tools/make_picture_vectors.py

Pixels are hexadecimal, floats the hexadecimal of their bits. The pictures that are resized come from a formula, so that the
file stays small: byte i is the upper byte of x[i + 1], x[i + 1] = x[i] * 1664525 + 1013904223 mod 2^32, x[0] = seed.
"""
import io
import json
import os
import pathlib
import zlib

import numpy as np
import PIL
from PIL import Image

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates/quant-picture/tests/vectors"
FILTERS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]


def noise(seed, *shape):
    values, x = [], seed
    for _ in range(int(np.prod(shape))):
        x = (x * 1664525 + 1013904223) % 2**32
        values.append(x >> 24)
    return np.array(values, np.uint8).reshape(shape)


def smooth(height, width):
    """A picture that JPEG keeps well."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(x / 7), 40 + 5 * y, 200 - 3 * x + 2 * y]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def save(picture, **how):
    out = io.BytesIO()
    picture.save(out, **how)
    return out.getvalue()


def interlaced(rows):
    """An interlaced PNG of 8-bit colour, which Pillow does not write."""
    import struct

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = rows.shape
    body = b""
    for top, left, down, right in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
        for row in rows[top::down, left::right]:
            if len(row):
                body += b"\0" + row.tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def files():
    """Name, bytes, and pixels where Pillow's `convert` says something else than this reader's documentation."""
    colour, grey = noise(1, 7, 11, 3), noise(2, 7, 11)
    alpha = noise(3, 7, 11, 4)
    wide = (noise(4, 7, 11, 2).astype(np.uint16) * [256, 1]).sum(-1).astype(np.uint16)
    picture = Image.fromarray(smooth(37, 53))
    yield "rgb.png", save(Image.fromarray(colour), format="png"), None
    yield "grey.png", save(Image.fromarray(grey), format="png"), None
    yield "rgba.png", save(Image.fromarray(alpha), format="png"), None
    yield "grey_alpha.png", save(Image.fromarray(alpha[..., :2].copy(), "LA"), format="png"), grey_of(alpha)
    yield "one_bit.png", save(Image.fromarray(grey).convert("1"), format="png"), None
    yield "palette.png", save(Image.fromarray(colour).quantize(13), format="png"), None
    yield "palette_transparent.png", save(Image.fromarray(colour).quantize(5), format="png", transparency=2), None
    # The high byte, as TensorFlow and libpng take it; Pillow clips.
    yield "grey_16.png", save(Image.fromarray(wide), format="png"), (wide >> 8).astype(np.uint8)
    yield "interlaced.png", interlaced(colour), None
    yield "lossless.webp", save(Image.fromarray(colour), format="webp", lossless=True), None
    yield "lossless_alpha.webp", save(Image.fromarray(alpha), format="webp", lossless=True, exact=True), None
    yield "lossy.webp", save(picture, format="webp", quality=90), None
    yield "baseline.jpg", save(picture, format="jpeg", quality=90), None
    yield "444.jpg", save(picture, format="jpeg", quality=90, subsampling=0), None
    yield "progressive.jpg", save(picture, format="jpeg", quality=90, progressive=True), None
    yield "grey.jpg", save(picture.convert("L"), format="jpeg", quality=90), None
    yield "cmyk.jpg", save(picture.convert("CMYK"), format="jpeg", quality=95), None
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "turned.jpg", save(picture, format="jpeg", quality=90, exif=exif), None


def grey_of(alpha):
    return alpha[..., 0]


def decoded():
    for name, data, pixels in files():
        (FOLDER / name).write_bytes(data)
        if pixels is None:
            picture = Image.open(io.BytesIO(data))
            grey = picture.mode in ("L", "1")
            pixels = np.asarray(picture.convert("L" if grey else "RGB"))
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        yield {"file": name, "shape": list(pixels.shape), "pixels": pixels.tobytes().hex()}


def pillow():
    sizes = [(9, 13, 5, 4), (9, 13, 20, 31), (16, 16, 7, 16), (16, 16, 16, 5), (3, 40, 8, 3), (1, 1, 4, 3), (31, 2, 1, 1)]
    for seed, (height, width, to_height, to_width) in enumerate(sizes):
        for channels in (1, 3):
            pixels = noise(seed, height, width, channels)
            picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
            for word in FILTERS:
                result = picture.resize((to_width, to_height), getattr(Image.Resampling, word.upper()))
                yield {"seed": seed, "from": [height, width, channels], "to": [to_height, to_width], "filter": word,
                       "pixels": np.asarray(result).tobytes().hex()}


def tensorflow():
    import tensorflow as tf

    print("TensorFlow", tf.__version__)
    sizes = [(9, 13, 5, 4), (9, 13, 20, 31), (16, 16, 7, 16), (3, 40, 8, 3), (1, 1, 4, 3), (31, 2, 1, 1)]
    for seed, (height, width, to_height, to_width) in enumerate(sizes):
        for channels in (1, 3):
            pixels = tf.constant(noise(seed, height, width, channels))[None]
            floats = tf.image.convert_image_dtype(pixels, tf.float32)
            for word, resize in [("tf1-bilinear", tf.compat.v1.image.resize_bilinear), ("tf2-bilinear", tf.image.resize)]:
                result = resize(floats, (to_height, to_width)).numpy()
                yield {"seed": seed, "from": [height, width, channels], "to": [to_height, to_width], "filter": word,
                       "floats": result.astype(">f4").tobytes().hex()}


def turned(data):
    """A file whose planes are halved along rows, with them halved along columns: width and height change places, too."""
    at, data = data.index(b"\xff\xc0"), bytearray(data)
    data[at + 5 : at + 7], data[at + 7 : at + 9] = data[at + 7 : at + 9], data[at + 5 : at + 7]
    assert data[at + 11] == 0x21
    data[at + 11] = 0x12
    return bytes(data)


def adobe(data, word):
    """A file with another word of Adobe's on its colours, or with none."""
    at = data.index(b"Adobe")
    if word is None:
        return data[: at - 4] + data[at - 2 + int.from_bytes(data[at - 2 : at], "big") :]
    return data[: at + 11] + bytes([word]) + data[at + 12 :]


def jpegs():
    """Name and bytes."""
    for height, width in [(1, 1), (3, 2), (5, 9), (2, 24), (17, 33)]:
        shape = f"{width}x{height}"
        pixels = noise(height, height, width, 3)
        rough, even = Image.fromarray(pixels), Image.fromarray(smooth(height, width))
        for name, how in [("444", 0), ("422", 1), ("420", 2)]:
            yield f"{name} {shape}", save(rough, format="jpeg", quality=60, subsampling=how)
        yield f"440 {shape}", turned(save(rough, format="jpeg", quality=60, subsampling=1))
        yield f"progressive {shape}", save(rough, format="jpeg", quality=60, progressive=True)
        yield f"restarts {shape}", save(even, format="jpeg", quality=85, restart_marker_blocks=1)
        yield f"progressive with restarts {shape}", save(even, format="jpeg", progressive=True, restart_marker_blocks=2)
        yield f"grey {shape}", save(rough.convert("L"), format="jpeg", quality=60, progressive=width % 2 == 1)
        yield f"rgb {shape}", save(even, format="jpeg", quality=85, keep_rgb=True)
    yield "overflow", save(Image.fromarray(noise(9, 16, 16, 3)), format="jpeg", quality=100)
    yield "coarse", save(Image.fromarray(noise(9, 16, 16, 3)), format="jpeg", quality=1)
    inks = save(Image.fromarray(smooth(13, 21)).convert("CMYK"), format="jpeg", quality=90)
    for word in (0, 2, None):
        yield f"inks {word}", adobe(inks, word)


def jpeg():
    import tensorflow as tf

    for name, data in jpegs():
        pillow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        theirs = tf.io.decode_jpeg(data, channels=3).numpy()
        assert pillow.shape == theirs.shape
        sums = {"pillow": zlib.crc32(pillow.tobytes()), "tensorflow": zlib.crc32(theirs.tobytes())}
        yield {"name": name, "shape": list(theirs.shape), **sums, "file": data.hex()}


def write(name, sections):
    lines = [f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for key, rows in sections.items()]
    (FOLDER / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    print("Pillow", PIL.__version__)
    sections = {"decoded": list(decoded()), "pillow": list(pillow()), "tensorflow": list(tensorflow())}
    write("vectors.json", sections)
    write("jpeg.json", {"jpeg": list(jpeg())})


if __name__ == "__main__":
    main()
