//! Quantized models that run: integers as they are, and the reals that they stand for.

use crate::cli::fails_with;
use crate::cli::tensors::npy;
use crate::common::passes;

#[test]
fn quantized_models_run_in_integers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @Net_000 --data random:1:4 --scheme tflite-int8 --output-type int8 -o q.tflite --no-check",
    );
    let infer = |options: &str, to: &str| {
        passes(
            folder,
            &format!("infer q.tflite --data random:2:3 -o {to} {options}"),
        );
        npy(&folder.join(to).join("prob.npy"))
    };
    let (descr, shape, integers) = infer("", "reference");
    assert_eq!(descr, "|i1");
    assert_eq!(infer("--runtime litert", "plain").1, shape);
    let (descr, same, reals) = infer("--dequantize", "reals");
    assert_eq!((descr.as_str(), &same), ("<f4", &shape));
    let reals: Vec<f32> = reals
        .chunks_exact(4)
        .map(|x| f32::from_le_bytes(x.try_into().unwrap()))
        .collect();
    assert_eq!(reals.len(), integers.len());
    // Equal integers are equal reals, and larger ones larger.
    for (q, x) in integers.iter().zip(&reals) {
        for (p, y) in integers.iter().zip(&reals) {
            assert_eq!(
                (*q as i8).cmp(&(*p as i8)),
                x.total_cmp(y),
                "{q} is {x}, {p} is {y}"
            );
        }
    }
    fails_with(
        folder,
        "infer q.tflite --data random:2:3 -o no --runtime two",
        2,
        "runtimes are litert-reference, litert, one",
    );
}

#[test]
fn what_no_kernel_computes_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(
        folder,
        "run @Net_000 --data random:1:4 --input-type float32 -o q.circle --no-check",
    );
    fails_with(
        folder,
        "infer q.circle --data random:2:3 -o no",
        4,
        "zero point for each channel",
    );
}
