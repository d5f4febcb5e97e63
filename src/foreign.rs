//! Models of other tools given where a `.circle` or `.tflite` belongs: what the file is, and how it becomes one.

use std::path::Path;

use crate::failure::Failure;

/// Bytes at the beginning of a file that tell what it is.
const HEAD: usize = 512;

/// What a file or folder is, and what makes a model of it that this program reads.
struct Kind {
    what: &'static str,
    hint: &'static str,
}

/// Where docs/models.md says more than a line can.
const MORE: &str = "docs/models.md has the lines";

const KERAS: Kind = Kind {
    what: "a Keras model",
    hint: "make a .tflite of it with TensorFlow: tf.lite.TFLiteConverter.from_keras_model(model).convert()",
};
const HDF5: Kind = Kind {
    what: "an HDF5 file, as Keras saves models",
    hint: "make a .tflite of it with TensorFlow: tf.lite.TFLiteConverter.from_keras_model(model).convert()",
};
const SAVED_MODEL: Kind = Kind {
    what: "a TensorFlow SavedModel",
    hint: "make a .tflite of the folder with TensorFlow: \
              tf.lite.TFLiteConverter.from_saved_model(folder).convert()",
};
const TORCH: Kind = Kind {
    what: "a PyTorch file",
    hint: "make a .tflite of the network with litert_torch.convert(model, inputs).export(\"model.tflite\"), or \
              give a checkpoint for MAX78000 to `quant ai8x`",
};
const NUMPY: Kind = Kind {
    what: "a NumPy array",
    hint: "give it as --data, and a .circle or .tflite as the model",
};
const FOLDER: Kind = Kind {
    what: "a folder",
    hint: "give a .circle, .tflite or .recipe file",
};
const EMPTY: Kind = Kind {
    what: "empty",
    hint: "copy or convert it again",
};

impl Kind {
    fn failure(&self, path: &Path) -> Failure {
        let more = if self.hint.starts_with("make") {
            format!("; {MORE}")
        } else {
            String::new()
        };
        Failure::Invalid(format!(
            "{}: it is {}; {}{more}",
            path.display(),
            self.what,
            self.hint
        ))
    }
}

/// The failure of reading a folder as a model.
pub fn folder(path: &Path) -> Failure {
    let saved = ["saved_model.pb", "saved_model.pbtxt"];
    let kind = if saved.iter().any(|file| path.join(file).is_file()) {
        SAVED_MODEL
    } else {
        FOLDER
    };
    kind.failure(path)
}

/// The failure of reading a file as a model when it is known to be something else; `None` for what may be a model, or
/// is nothing known.
pub fn file(path: &Path, bytes: &[u8]) -> Option<Failure> {
    kind_of(path, bytes).map(|kind| kind.failure(path))
}

/// What the bytes say goes before what the name says.
fn kind_of(path: &Path, bytes: &[u8]) -> Option<Kind> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let file_name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| file_name.ends_with(end));
    let has = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    if is_model(head) {
        return None;
    }
    Some(match head {
        [] => EMPTY,
        [0x89, b'H', b'D', b'F', ..] => HDF5,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => NUMPY,
        // An archive: torch.save's first entry is its pickle, a .keras file has its configuration.
        [b'P', b'K', 3, 4, ..] if has(b"data.pkl") || ends(&[".pt", ".pth", ".pt2", ".ckpt", ".pth.tar"]) => {
            TORCH
        }
        [b'P', b'K', 3, 4, ..] if has(b"metadata.json") || has(b"config.json") || ends(&[".keras"]) => KERAS,
        // torch.save's older form: a pickle of protocol 2 that begins with a long number.
        [0x80, 2, 0x8a, 0x0a, ..] => TORCH,
        _ if file_name == "saved_model.pb" => SAVED_MODEL,
        _ if ends(&[".h5", ".hdf5", ".keras"]) => KERAS,
        _ if ends(&[".pt", ".pth", ".pt2", ".ckpt", ".pth.tar"]) => TORCH,
        _ => return None,
    })
}

/// Whether the bytes say that they are a `.circle` or a `.tflite`, whatever the file is called.
pub fn is_model(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..8), Some(b"CIR0" | b"TFL3"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_bytes_and_then_by_their_names() {
        let rows: [(&str, &[u8], Option<&str>); 18] = [
            ("m.tflite", b"\x1c\0\0\0TFL3", None),
            // A model is one, whatever it is called.
            ("m.onnx", b"\x1c\0\0\0CIR0", None),
            ("m.tflite", b"", Some("empty")),
            (
                "m.h5",
                b"\x89HDF\r\n\x1a\n",
                Some("an HDF5 file, as Keras saves models"),
            ),
            ("m", b"\x93NUMPY\x01\0", Some("a NumPy array")),
            (
                "m.pth.tar",
                b"PK\x03\x04....archive/data.pklFB",
                Some("a PyTorch file"),
            ),
            ("m.pt2", b"PK\x03\x04....m/archive_format", Some("a PyTorch file")),
            ("m.keras", b"PK\x03\x04....metadata.json{", Some("a Keras model")),
            ("m.zip", b"PK\x03\x04....readme.txt", None),
            (
                "m.ckpt",
                b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
                Some("a PyTorch file"),
            ),
            (
                "saved_model.pb",
                b"\x08\x01\x12\x05",
                Some("a TensorFlow SavedModel"),
            ),
            ("m.onnx", b"\x08\x0a", None),
            ("m.bin", b"\x08\x08\x12\x04qlab:", None),
            ("m.pb", b"\x0aI\x0a\x05input", None),
            ("m.PB", b"node {", None),
            ("m.keras", b"?", Some("a Keras model")),
            ("m.tflite", b"\x0aI\x0a\x05input", None),
            ("m.txt", b"hello", None),
        ];
        for (name, bytes, what) in rows {
            assert_eq!(
                kind_of(Path::new(name), bytes).map(|kind| kind.what),
                what,
                "{name}"
            );
        }
    }
}
