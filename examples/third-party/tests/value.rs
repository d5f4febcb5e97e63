//! One test for each row of `test.lst` and stage.

use std::collections::BTreeMap;

use quant_testgen::made::{Quantized, Range};
use quant_testgen::markers::{Quantization, RecordMinmax};
use quant_testgen::run::{Case, Quantizer};

/// The quantizer of this crate.
struct Mine;

impl Quantizer<RecordMinmax> for Mine {
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

impl Quantizer<Quantization> for Mine {
    fn run(case: &Case) -> Result<Vec<Quantized>, String> {
        let quantized = |range: Range| {
            let (scale, zero_point) = third_party::parameters(range.min, range.max);
            Quantized {
                name: range.name,
                dtype: "uint8".to_owned(),
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

quant_macros::value_tests!(quantizer = Mine);
