//! What onnxruntime made of single operators (`tools/make_onnx_vectors.py`), in integers as here: bit for bit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_interp::{Interpreter, Profile, Workspace, joined};
use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, DType};
use quant_onnx::{Lowering, Model};

/// The integers of an input or output, as the reals that they stand for: `scale zero-point type shape hex`.
fn reals(note: &str) -> Value {
    let words: Vec<&str> = note.split(' ').collect();
    let [scale, zero, dtype, shape, hex] = words.as_slice() else {
        panic!("{note}")
    };
    let scale = f32::from_bits(u32::from_str_radix(scale, 16).unwrap());
    let zero: i32 = zero.parse().unwrap();
    let shape: Vec<usize> = shape.split(',').map(|size| size.parse().unwrap()).collect();
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let pairs = bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    if *dtype == "float32" {
        let floats = bytes.as_chunks().0.iter().map(|bits| f32::from_le_bytes(*bits));
        return Value::f32(shape, floats.collect());
    }
    let integers: Vec<i32> = match *dtype {
        "uint8" => bytes.iter().map(|q| i32::from(*q)).collect(),
        "int8" => bytes.iter().map(|q| i32::from(q.cast_signed())).collect(),
        "uint16" => pairs.map(|pair| u16::from_le_bytes(pair).into()).collect(),
        "int16" => pairs.map(|pair| i16::from_le_bytes(pair).into()).collect(),
        other => panic!("{other}"),
    };
    let data = integers.into_iter().map(|q| (q - zero) as f32 * scale).collect();
    Value::f32(shape, data)
}

/// Operators that stay float, by the beginning of a file's name: as in onnxruntime, but for the average pool.
const FLOAT: &[(&str, &[Builtin])] = &[
    (
        "others",
        &[Builtin::RELU, Builtin::SUB, Builtin::ABS, Builtin::RELU6],
    ),
    ("resize.qdq", &[Builtin::RESIZE_BILINEAR]),
    ("mul.qdq.u16", &[Builtin::MUL]),
    ("mul.qdq.s16", &[Builtin::MUL]),
    ("leaky_relu.qdq.u16", &[Builtin::LEAKY_RELU]),
    ("leaky_relu.qdq.s16", &[Builtin::LEAKY_RELU]),
    ("average_pool", &[Builtin::AVERAGE_POOL_2D, Builtin::MUL]),
];

/// How far a value may be where both are float sums (weights in blocks), as a part of the largest. All others are equal.
const LAST_BITS: f32 = 1e-6;

/// How many values of a file differ, of how many.
fn compare(path: &Path) -> (usize, usize) {
    let model = Model::from_bytes(std::fs::read(path).unwrap()).unwrap();
    let notes: BTreeMap<&str, &str> = model.metadata().into_iter().collect();
    let lowering = Lowering {
        dynamic: true,
        ..Lowering::default()
    };
    let lowered = model.lower(&lowering).unwrap().model;
    let whole = joined(&lowered).unwrap().model;
    let graph = whole.main();
    let name = path.file_name().unwrap().to_string_lossy();
    let floats = FLOAT
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map_or([].as_slice(), |(_, all)| all);
    for op in graph.operators() {
        let float = graph.tensor(op.outputs[0]).dtype == DType::Float32;
        let known = op.code.builtin == Builtin::DEQUANTIZE || floats.contains(&op.code.builtin);
        assert!(
            !float || known || name.contains(".dynamic.") || name.contains(".blocks."),
            "{name}: {} stays float",
            op.code.builtin
        );
    }
    let inputs = graph
        .inputs()
        .iter()
        .map(|id| reals(notes[graph.tensor(*id).name.as_str()]));
    let interpreter = Interpreter::with_profile(&whole, Profile::Onnxruntime).unwrap();
    let run = interpreter.run_with(inputs.collect(), &mut Workspace::new(1), &mut |_, _, _| Ok(()));
    let (mut differ, mut all) = (0, 0);
    for (id, found) in graph.outputs().iter().zip(run.unwrap()) {
        let wanted = reals(notes[graph.tensor(*id).name.as_str()]);
        assert_eq!(found.shape, wanted.shape);
        let (Data::F32(found), Data::F32(wanted)) = (&found.data, &wanted.data) else {
            panic!("{}", path.display())
        };
        let largest = wanted.iter().fold(0f32, |most, y| most.max(y.abs()));
        let near = if name.contains(".blocks.") {
            LAST_BITS * largest
        } else {
            0.0
        };
        let far = |(a, b): &(&f32, &f32)| a != b && (*a - *b).abs() > near;
        differ += found.iter().zip(wanted).filter(far).count();
        all += wanted.len();
    }
    (differ, all)
}

#[test]
fn single_operators_are_those_of_onnxruntime() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 50, "{} files", files.len());
    let mut values = 0;
    let mut wrong = Vec::new();
    for file in &files {
        let (differ, all) = compare(file);
        values += all;
        if differ > 0 {
            wrong.push(format!(
                "{}: {differ} of {all}",
                file.file_name().unwrap().display()
            ));
        }
    }
    println!(
        "onnx vectors: {} files, {values} values, {} files differ",
        files.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
