//! ai-edge-quantizer's recipes: ranges from its calibration, Hessians from the records.

use std::fs;

use quant_core::Result;
use quant_core::interp::FloatProfile;
use quant_core::ir::{Model, Signature, SignatureTensor, TensorId};
use quant_core::record::{Pass, SliceRecords};
use quant_core::scheme::tflite::recipe::{self, Hessians, Recipe};
use quant_core::scheme::tflite::{Kept, Options};
use quant_core::value::Value;
use quant_types::npy;

use super::cases::Case;
use super::ranges;

/// Quantizes by the recipe of the scheme's name.
pub fn quantize(model: &mut Model, case: &Case, options: &Options) -> Result<Vec<Kept>> {
    let file = case
        .root
        .join("aeq_recipes")
        .join(format!("{}.json", case.scheme));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let recipe = Recipe::parse(&text)?;
    let mut hessians = Hessians::default();
    if recipe.needs_hessians() {
        let records = records(case);
        let pass = Pass {
            part: 0..records.0.len(),
            records: &records,
            threads: 1,
            lowest: None,
            floats: FloatProfile::Fast,
            sequence: false,
            progress: &|_| (),
        };
        hessians = Hessians::gather(&pass, model, &recipe)?;
    }
    if recipe.needs_ranges() {
        ranges::ai_edge(model, case);
    }
    if model.signatures().is_none_or(<[_]>::is_empty) {
        sign(model)?;
    }
    recipe::quantize_with(model, &recipe, &hessians, options)
}

/// The signature that networks were given, without which the original takes no records.
fn sign(model: &mut Model) -> Result<()> {
    let entries = |ids: &[TensorId], letter: char| {
        let entry = |(at, id): (usize, &TensorId)| SignatureTensor {
            name: format!("{letter}{at}"),
            tensor: u32::try_from(id.0).unwrap(),
        };
        ids.iter().enumerate().map(entry).collect()
    };
    let signature = Signature {
        key: Some("serving_default".to_owned()),
        tag: None,
        inputs: entries(model.main().inputs(), 'x'),
        outputs: entries(model.main().outputs(), 'y'),
        subgraph: 0,
    };
    model.set_signatures(Some(vec![signature]))
}

/// The records of a model with one float input.
fn records(case: &Case) -> SliceRecords {
    let bytes = fs::read(case.folder.join("input_0.npy")).unwrap();
    let header = npy::header(bytes.as_slice()).unwrap();
    assert_eq!(header.descr, "'<f4'");
    let start = usize::try_from(header.start).unwrap();
    let values = bytes[start..]
        .as_chunks()
        .0
        .iter()
        .map(|x| f32::from_le_bytes(*x));
    let values: Vec<f32> = values.collect();
    let shape = header.shape[1..].to_vec();
    let record = |values: &[f32]| vec![Value::f32(shape.clone(), values.to_vec())];
    SliceRecords(values.chunks(shape.iter().product()).map(record).collect())
}
