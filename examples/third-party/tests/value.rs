//! One test for each row of `test.lst` and stage.

use std::collections::BTreeMap;

use quant_testgen::markers::{Quantization, RecordMinmax};
use quant_testgen::results::{Quantized, Range};
use quant_testgen::run::{Case, Quantizer};

/// The quantizer of this crate.
struct Mine;

impl Quantizer<RecordMinmax> for Mine {
    // Where the model is a file, `case.recipe` is the outline of its graph, and `case.file` the file.
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        let mut seen: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        for record in case.numbers()? {
            let mut values: BTreeMap<&str, Vec<f32>> = case
                .recipe
                .inputs
                .iter()
                .map(String::as_str)
                .zip(record)
                .collect();
            for operation in &case.recipe.operations {
                let inputs: Vec<&[f32]> = operation
                    .inputs
                    .iter()
                    .filter_map(|name| values.get(name.as_str()))
                    .map(Vec::as_slice)
                    .collect();
                let output = third_party::operator(&operation.kind, &inputs)
                    .ok_or_else(|| format!("{} is not supported", operation.kind))?;
                values.insert(&operation.outputs[0], output);
            }
            for (name, values) in values {
                seen.entry(name.to_owned()).or_default().extend(values);
            }
        }
        let range = |(name, values): (String, Vec<f32>)| {
            let (min, max) = third_party::range(values);
            Range { name, min, max }
        };
        Ok(seen.into_iter().map(range).collect())
    }
}

/// A stage of this crate's own: the ranges of the graph inputs alone.
impl Quantizer<Calibration> for Mine {
    fn run(case: &Case) -> Result<Vec<Range>, String> {
        let ranges = <Self as Quantizer<RecordMinmax>>::run(case)?;
        let is_input = |range: &Range| case.recipe.inputs.contains(&range.name);
        Ok(ranges.into_iter().filter(is_input).collect())
    }
}

impl Quantizer<Quantization> for Mine {
    fn run(case: &Case) -> Result<Vec<Quantized>, String> {
        let dtype = case.row.dtype.word();
        let steps = if dtype == "uint4" { 15 } else { 255 };
        let quantized = |range: Range| {
            let (scale, zero_point) = third_party::parameters(range.min, range.max, steps);
            Quantized {
                name: range.name,
                dtype: dtype.to_owned(),
                scale: Some(vec![scale]),
                zero_point: Some(vec![zero_point.into()]),
                quantized_dimension: None,
                values: None,
            }
        };
        let ranges = <Self as Quantizer<RecordMinmax>>::run(case)?;
        Ok(ranges.into_iter().map(quantized).collect())
    }
}

// Makes the tests, and the types `Tensor`, `Uint4` and `Calibration` for the words that build.rs declares.
quant_macros::value_tests!(quantizer = Mine, stages = { calibration: Range });
