//! Quantized models as float models with fake quantization: every row of the lists runs, stays near the float
//! model, and ends on the grid of the quantized one.

use std::fs;
use std::path::{Path, PathBuf};

use quant_case::layout::Layout;
use quant_case::list::{Row, RowKind};
use quant_case::{Words, lists, qconf, recipe};
use quant_core::config::Config;
use quant_core::ir::{Builtin, DType, FileFormat, Model};
use quant_core::quantized::{fake, values};
use quant_core::record::{RecordOptions, SliceRecords, text_record};
use quant_core::value::Value;
use quant_core::{fake_quantize, format, interp, quantize, record, weights_only};

use crate::common::shared;

/// The trees of this repository, and the reference's where it is.
fn roots() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = [root.to_owned(), shared().join("reference/one-pota")];
    let there = all.into_iter();
    there.filter(|root| Layout::new(root).list().exists()).collect()
}

fn build(layout: &Layout, row: &Row) -> Model {
    let text = fs::read_to_string(layout.recipe(row)).unwrap();
    quant_recipe::build(&recipe::parse(&text).unwrap()).unwrap()
}

fn records(layout: &Layout, row: &Row, model: &Model) -> Vec<Vec<Value>> {
    let folder = layout.inputs(row);
    let texts = (0..).map_while(|n| fs::read_to_string(folder.join(format!("{n}.txt"))).ok());
    let inputs = model.main().input_tensors();
    texts.map(|text| text_record(&inputs, &text).unwrap()).collect()
}

/// Scale and zero point of each graph output, when quantized.
fn grids(model: &Model) -> Vec<Option<(f32, i64, DType)>> {
    let graph = model.main();
    let outputs = graph.outputs().iter().map(|id| graph.tensor(*id));
    let grid = outputs.map(|tensor| {
        let quant = tensor.quant.as_ref().filter(|_| values::is_quantized(tensor))?;
        Some((quant.scale[0], quant.zero_point[0], tensor.dtype))
    });
    grid.collect()
}

#[test]
fn every_row_runs_near_the_float_model() {
    let (mut rows, mut worst) = (0, (0.0_f32, String::new()));
    for root in roots() {
        let layout = Layout::new(&root);
        let lists = lists::read(&root, &Words::new());
        assert!(lists.errors.is_empty(), "{:?}", lists.errors);
        let all = lists.rows.iter().map(|(row, _)| row);
        for row in all.filter(|row| !row.kind.is_foreign()) {
            let float = build(&layout, row);
            let mut model = float.clone();
            let (dtype, granularity) = row.setting().unwrap();
            if row.kind == RowKind::WeightsOnly {
                weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap();
                fake::run(&mut model).unwrap();
                assert!(
                    model.main().operators().len() == float.main().operators().len(),
                    "{row}"
                );
                no_integers(&model, row);
                rows += 1;
                continue;
            }
            let mut config = Config::new(dtype, granularity);
            if row.kind == RowKind::QConf {
                let text = fs::read_to_string(layout.qconf(row)).unwrap();
                config.add_layers(&qconf::parse(&text).unwrap().layers);
            }
            let records = records(&layout, row, &model);
            fake_quantize::run(&mut model, &config).unwrap();
            let options = RecordOptions::default();
            record::run(&mut model, &SliceRecords(records.clone()), &options, &|_| ()).unwrap();
            quantize::run(&mut model, &config).unwrap_or_else(|error| panic!("{row}: {error}"));
            let grids = grids(&model);
            fake::run(&mut model).unwrap_or_else(|error| panic!("{row}: {error}"));
            // What a file holds is what runs.
            let bytes = format::export(&model, FileFormat::Circle).unwrap();
            let model = format::import(&bytes).unwrap();
            no_integers(&model, row);
            for record in records {
                let wanted = interp::run(&float, &record).unwrap();
                let got = interp::run(&model, &record).unwrap_or_else(|error| panic!("{row}: {error}"));
                let ends = model
                    .main()
                    .outputs()
                    .iter()
                    .map(|id| &model.main().tensor(*id).name);
                for (((wanted, got), grid), end) in wanted.iter().zip(&got).zip(&grids).zip(ends) {
                    let (Some(wanted), Some(got)) = (wanted.as_f32(), got.as_f32()) else {
                        continue;
                    };
                    let (scale, zero_point, dtype) = grid.unwrap_or_else(|| panic!("{row}: no grid"));
                    let top = if dtype == DType::Int16 { 32767 } else { 255 };
                    let low = if dtype == DType::Int16 { -32768 } else { 0 };
                    let (low, high) = (low - zero_point, top - zero_point);
                    for (x, y) in wanted.iter().zip(got) {
                        let step = y / scale;
                        // Behind an operator that moves values, they are on the grids of its inputs.
                        let on_grid = (step - quant_core::numeric::round::half_away_f32(step)).abs() < 1e-2;
                        assert!(on_grid || !end.ends_with("_Dequantize"), "{row}: {y} of `{end}`");
                        let held = x.clamp(low as f32 * scale, high as f32 * scale);
                        let steps = (held - y).abs() / (scale * (high - low) as f32);
                        if steps > worst.0 {
                            worst = (steps, format!("{row}: {y} for {x}"));
                        }
                    }
                }
            }
            rows += 1;
        }
    }
    println!(
        "{rows} rows, worst deviation {:.4} of the output's range ({})",
        worst.0, worst.1
    );
    assert!(rows >= 63);
    // Eight bits over several layers of coarse weights.
    assert!(worst.0 < 0.05, "{worst:?}");
}

/// Integers stand between Quantize and Dequantize alone.
#[track_caller]
fn no_integers(model: &Model, row: &Row) {
    let graph = model.main();
    for op in graph.operators() {
        let quantize = op.code.builtin == Builtin::QUANTIZE;
        let dequantize = op.code.builtin == Builtin::DEQUANTIZE;
        let inputs = op.inputs.iter().flatten().filter(|_| !dequantize);
        for id in inputs.chain(op.outputs.iter().filter(|_| !quantize)) {
            let tensor = graph.tensor(*id);
            assert!(
                !values::is_quantized(tensor),
                "{row}: `{}` is {}",
                tensor.name,
                tensor.dtype
            );
        }
    }
    for id in graph.inputs().iter().chain(graph.outputs()) {
        assert!(!values::is_quantized(graph.tensor(*id)), "{row}");
    }
}
