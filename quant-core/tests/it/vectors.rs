//! Operators against a real runtime: each file of `tests/vectors` holds models of one operator, inputs, and what
//! LiteRT's reference kernels make of them (`tools/make_vectors.py`), or, for operators that LiteRT does not have, a
//! formula in NumPy that the case names.

use std::fs;
use std::path::Path;

use half::f16;
use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::{DType, Model, TensorId};
use quant_core::value::{Data, Value};
use quant_core::{fold, format};
use serde_json::Value as Json;

#[test]
fn every_operator_computes_what_the_runtime_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut cases, mut wrong) = (0, Vec::new());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let all: Vec<Json> = serde_json::from_str(&text).unwrap();
        let mut from_formula = 0;
        for (number, case) in all.iter().enumerate() {
            cases += 1;
            from_formula += usize::from(case["source"].is_string());
            let name = format!("{} {number}", path.file_stem().unwrap().to_string_lossy());
            if let Err(what) = check(case) {
                wrong.push(format!(
                    "{name}: {what}\n{}",
                    case["recipe"].as_str().unwrap_or_default()
                ));
            }
        }
        // Seen with `--nocapture`.
        println!(
            "{:28} {:4} vectors, {from_formula} of them from a formula",
            path.file_stem().unwrap().to_string_lossy(),
            all.len()
        );
    }
    println!("{:28} {cases:4}", "all");
    assert!(cases > 0, "there are no vectors");
    assert!(
        wrong.is_empty(),
        "{} of {cases} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The model of a case: a recipe, or the bytes of a file in hexadecimal.
fn model(case: &Json) -> Result<Model, String> {
    if let Some(hex) = case["model"].as_str() {
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
        return format::import(&bytes.ok_or("no hexadecimal")?).map_err(|error| error.to_string());
    }
    let text = case["recipe"].as_str().ok_or("no recipe")?;
    let recipe = quant_case::recipe::parse(text).map_err(|error| error.to_string())?;
    quant_recipe::build(&recipe).map_err(|error| error.to_string())
}

fn check(case: &Json) -> Result<(), String> {
    let model = model(case)?;
    let graph = model.main();
    let values = |key: &str, shapes: &str, ids: &[TensorId]| -> Result<Vec<Value>, String> {
        let lists = case[key].as_array().ok_or("no values")?;
        if lists.len() != ids.len() {
            return Err(format!("{} {key} for {}", lists.len(), ids.len()));
        }
        let one = |(number, (list, id)): (usize, (&Json, &TensorId))| {
            let tensor = graph.tensor(*id);
            let shape = match case[shapes][number].as_array() {
                Some(dims) => dims.iter().map(|d| d.as_u64().unwrap() as usize).collect(),
                None => tensor.shape.iter().map(|d| *d as usize).collect(),
            };
            value(tensor.dtype, shape, list)
        };
        lists.iter().zip(ids).enumerate().map(one).collect()
    };
    let inputs = values("inputs", "shapes", graph.inputs())?;
    let interpreter = Interpreter::new(&model).map_err(|error| error.to_string())?;
    let run = |interpreter: &Interpreter<'_>| {
        let made = interpreter.run_with(inputs.clone(), &mut Workspace::default(), &mut |_, _, _| Ok(()));
        made.map_err(|error| error.to_string())
    };
    let made = run(&interpreter)?;
    // Records are independent: what one leaves in variables, the next does not see.
    if format!("{made:?}") != format!("{:?}", run(&interpreter)?) {
        return Err("a second run gives something else".into());
    }
    // Constants that are stored in another form mean the same as floats.
    let mut folded = model.clone();
    if fold::constants(&mut folded).map_err(|error| error.to_string())? > 0 {
        let interpreter = Interpreter::new(&folded).map_err(|error| error.to_string())?;
        if format!("{made:?}") != format!("{:?}", run(&interpreter)?) {
            return Err("with folded constants it gives something else".into());
        }
    }
    let wanted = values("outputs", "output_shapes", graph.outputs())?;
    let relative = case["tolerance"].as_f64().unwrap_or(1e-5);
    for (made, wanted) in made.iter().zip(&wanted) {
        if made.shape != wanted.shape {
            return Err(format!(
                "shape {:?}, the runtime has {:?}",
                made.shape, wanted.shape
            ));
        }
        same(&made.data, &wanted.data, relative)?;
    }
    Ok(())
}

/// A list of numbers, or of the words nan, inf and -inf, as a value of this type and shape.
fn value(dtype: DType, shape: Vec<usize>, list: &Json) -> Result<Value, String> {
    let list = list.as_array().ok_or("no list")?;
    let number = |x: &Json| match x {
        Json::String(word) => word.parse::<f64>().ok(),
        Json::Bool(x) => Some(f64::from(u8::from(*x))),
        x => x.as_f64(),
    };
    let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
    let numbers = numbers.ok_or("an element is no number")?;
    if numbers.len() != shape.iter().product::<usize>() {
        return Err(format!("{} elements for shape {shape:?}", numbers.len()));
    }
    let data = match dtype {
        DType::Float32 => Data::F32(numbers.iter().map(|x| *x as f32).collect()),
        DType::Float16 => Data::F16(numbers.iter().map(|x| f16::from_f64(*x)).collect()),
        DType::Int32 => Data::I32(numbers.iter().map(|x| *x as i32).collect()),
        DType::Int64 => Data::I64(numbers.iter().map(|x| *x as i64).collect()),
        DType::Int16 => Data::I16(numbers.iter().map(|x| *x as i16).collect()),
        DType::Int8 => Data::I8(numbers.iter().map(|x| *x as i8).collect()),
        DType::Uint8 => Data::U8(numbers.iter().map(|x| *x as u8).collect()),
        DType::Bool => Data::Bool(numbers.iter().map(|x| *x != 0.0).collect()),
        other => return Err(format!("no vectors of type {other}")),
    };
    Ok(Value { shape, data })
}

fn same(made: &Data, wanted: &Data, relative: f64) -> Result<(), String> {
    if made.len() != wanted.len() {
        return Err(format!(
            "{} elements, the runtime has {}",
            made.len(),
            wanted.len()
        ));
    }
    let (Data::F32(made), Data::F32(wanted)) = (made, wanted) else {
        // As text, for NaN in half precision.
        return if format!("{made:?}") == format!("{wanted:?}") {
            Ok(())
        } else {
            Err(format!("{made:?}\nthe runtime has {wanted:?}"))
        };
    };
    // The runtime has the largest floats for infinities behind operators with an activation field; the interpreter
    // keeps the infinities, so that recording can tell an overflow.
    let finite = wanted.iter().filter(|x| x.is_finite() && x.abs() < f32::MAX);
    let range = finite.fold(1e-6f32, |range, x| range.max(x.abs()));
    for (at, (a, b)) in made.iter().zip(wanted).enumerate() {
        let overflow = a.is_infinite() && b.abs() == f32::MAX && a.signum() == b.signum();
        let equal = overflow
            || a == b
            || (a.is_nan() && b.is_nan())
            || f64::from((a - b).abs()) <= relative * f64::from(range);
        if !equal {
            return Err(format!("element {at} is {a}, the runtime has {b}"));
        }
    }
    Ok(())
}
