//! Conformance with someone else's numbers: the goldens of Samsung ONE's value tests, and what its binaries
//! really compute.
//!
//! Reads the folder named by `QUANT_REFERENCE`, else `../shared`; without it the test says that it was
//! skipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quant_case::compare::{Strictness, compare};
use quant_case::golden::{self, Tensor};
use quant_case::layout::{Layout, file_name};
use quant_case::list::{self, Row, RowKind};
use quant_case::{Stage, qconf, recipe};
use quant_core::config::Config;
use quant_core::ir::Model;
use quant_core::record::{RecordOptions, SliceRecords, text_record};
use quant_core::{dump, fake_quantize, quantize, record, weights_only};

use crate::common::{say, shared};

/// Goldens that cannot be compared, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "TransposeConv_001/channel/int16/quantization/.json",
        "it names no tensor",
    ),
    (
        "DepthwiseConv2D_002_config/channel/int16/uint8/fake_quantization/ker.json",
        WRONG_INPUTS,
    ),
    (
        "DepthwiseConv2D_002_config/channel/int16/uint8/quantization/bias.json",
        WRONG_INPUTS,
    ),
    (
        "DepthwiseConv2D_002_config/channel/int16/uint8/quantization/ifm_Quantize.json",
        WRONG_INPUTS,
    ),
    (
        "DepthwiseConv2D_002_config/channel/int16/uint8/quantization/ker.json",
        WRONG_INPUTS,
    ),
    (
        "DepthwiseConv2D_002_config/channel/int16/uint8/quantization/ofm.json",
        WRONG_INPUTS,
    ),
];
const WRONG_INPUTS: &str =
    "one folder too deep, and made from other inputs: the original's own binary agrees with `ker` only";

type Dump = BTreeMap<String, Tensor>;

#[derive(Default)]
struct Tally {
    files: usize,
    values: usize,
    compared_with_binary: usize,
    equal_to_binary: usize,
    worst: (f64, String),
    failures: Vec<String>,
    not_equal: Vec<String>,
}

#[test]
fn reference_rows() {
    let shared = shared();
    let layout = Layout::new(shared.join("reference/one-pota"));
    let Ok(text) = fs::read_to_string(layout.list()) else {
        say(&format!(
            "conformance: SKIPPED, there is no {}; set QUANT_REFERENCE to the reference data",
            layout.list().display()
        ));
        return;
    };
    let (rows, errors) = list::parse(&text);
    assert_eq!(errors, [], "the reference list");
    let mut tally = Tally::default();
    let mut seen = Vec::new();
    for row in &rows {
        for (stage, dump) in stages(&layout, row) {
            check_goldens(&layout, row, stage, &dump, &mut tally, &mut seen);
            check_binary(
                &shared.join("reference/one-binary"),
                row,
                stage,
                &dump,
                &mut tally,
            );
        }
    }
    let expected_outputs = layout.root.join("expected_outputs");
    for file in files_below(&expected_outputs) {
        let relative = file
            .strip_prefix(&expected_outputs)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let exception = EXCEPTIONS.iter().any(|(path, _)| *path == relative);
        assert!(
            exception != seen.contains(&file),
            "{relative}: {}",
            if exception {
                "an exception was compared"
            } else {
                "was not compared"
            }
        );
    }
    for (path, reason) in EXCEPTIONS {
        say(&format!("not compared: {path}: {reason}"));
    }
    for line in &tally.not_equal {
        say(&format!("not bit-equal to the binary: {line}"));
    }
    say(&format!(
        "conformance: {} rows, {} files, {} values, {} exact to the binaries of {}, worst deviation {:e} ({})",
        rows.len(),
        tally.files,
        tally.values,
        tally.equal_to_binary,
        tally.compared_with_binary,
        tally.worst.0,
        tally.worst.1
    ));
    assert!(
        tally.failures.is_empty(),
        "{} failures:\n{}",
        tally.failures.len(),
        tally.failures.join("\n")
    );
    assert_eq!((rows.len(), tally.files), (63, 271));
}

/// Runs the stages of a row as the original does: each on the file that the one before it wrote.
fn stages(layout: &Layout, row: &Row) -> Vec<(Stage, Dump)> {
    let text = fs::read_to_string(layout.recipe(row)).unwrap();
    let recipe = recipe::parse(&text).unwrap_or_else(|error| panic!("{row}: {error}"));
    let mut model = quant_recipe::build(&recipe).unwrap();
    let dump = |model: &Model| dump::tensors(model).unwrap().into_iter().collect::<Dump>();
    let (dtype, granularity) = row.setting().unwrap();
    if row.kind == RowKind::WeightsOnly {
        weights_only::run(&mut model, &Config::weights_only(dtype)).unwrap();
        return vec![(Stage::WoQuantization, dump(&model))];
    }
    let mut config = Config::new(dtype, granularity);
    if row.kind == RowKind::QConf {
        let text = fs::read_to_string(layout.qconf(row)).unwrap();
        config.add_layers(&qconf::parse(&text).unwrap().layers);
    }
    fake_quantize::run(&mut model, &config).unwrap();
    let mut stages = vec![(Stage::FakeQuantization, dump(&model))];
    let records = records(layout, row, &model);
    let mut parallel = model.clone();
    record::run(&mut model, &records, &RecordOptions::default(), &|_| ()).unwrap();
    let options = RecordOptions {
        threads: 4,
        ..RecordOptions::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    pool.install(|| record::run(&mut parallel, &records, &options, &|_| ()))
        .unwrap();
    assert_eq!(model, parallel, "{row}: 4 threads record what 1 does");
    stages.push((Stage::RecordMinmax, dump(&model)));
    quantize::run(&mut model, &config).unwrap_or_else(|error| panic!("{row}: {error}"));
    stages.push((Stage::Quantization, dump(&model)));
    stages
}

fn records(layout: &Layout, row: &Row, model: &Model) -> SliceRecords {
    let folder = layout.inputs(row);
    let records = (0..).map_while(|n| fs::read_to_string(folder.join(format!("{n}.txt"))).ok());
    SliceRecords(
        records
            .map(|text| text_record(&model.main().input_tensors(), &text).unwrap())
            .collect(),
    )
}

fn check_goldens(
    layout: &Layout,
    row: &Row,
    stage: Stage,
    dump: &Dump,
    tally: &mut Tally,
    seen: &mut Vec<PathBuf>,
) {
    let folder = layout.goldens(row, stage);
    for file in files_below(&folder) {
        let tensor = dump
            .iter()
            .find(|(name, _)| file.file_name().is_some_and(|f| f == file_name(name).as_str()));
        let Some((name, got)) = tensor else {
            let known = file.file_name().is_some_and(|name| name == ".json");
            if !known {
                tally.failures.push(format!("{}: no such tensor", file.display()));
            }
            continue;
        };
        let golden = golden::parse(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let report = compare(&golden, got, stage, Strictness::Present);
        tally.files += 1;
        tally.values += report.count();
        if !report.passes() || report.count() == 0 {
            tally.failures.push(format!("{row} {stage} `{name}`:\n{report}"));
        }
        for line in &report.lines {
            if let Some((_, golden, got)) = line
                .worst
                .filter(|(_, g, x)| (x - g).abs() / g.abs().max(1.0) > tally.worst.0)
            {
                tally.worst = (
                    (got - golden).abs() / golden.abs().max(1.0),
                    format!("{row} {stage} {name} {}", line.key),
                );
            }
        }
        seen.push(file);
    }
}

fn check_binary(root: &Path, row: &Row, stage: Stage, dump: &Dump, tally: &mut Tally) {
    let path = root
        .join(row.folder())
        .join(row.granularity.word())
        .join(row.dtype.word())
        .join(format!("{stage}.json"));
    let Ok(text) = fs::read_to_string(&path) else {
        assert!(
            row.model.starts_with("InstanceNorm"),
            "{} is missing",
            path.display()
        );
        return;
    };
    let all = golden::parse_dump(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let all: BTreeMap<_, _> = all.into_iter().collect();
    for (name, wanted) in &all {
        let Some(got) = dump.get(name) else {
            tally
                .failures
                .push(format!("{row} {stage}: the binary has `{name}`"));
            continue;
        };
        let report = compare(wanted, got, stage, Strictness::Present);
        tally.compared_with_binary += report.count();
        tally.equal_to_binary += report.equal();
        for line in report
            .lines
            .iter()
            .filter(|line| line.equal < line.count || line.problem.is_some())
        {
            let problem = line.problem.as_ref().map(ToString::to_string).unwrap_or_default();
            let worst = line.worst.map_or(String::new(), |(at, golden, got)| {
                format!("[{at}] {golden} got {got}")
            });
            let text = format!(
                "{row} {stage} `{name}` {}: {} of {}, {worst} {problem}",
                line.key,
                line.count - line.equal,
                line.count
            );
            // Only what passed through a float kernel may differ, by the order of its sums.
            let last_bit = line.worst.is_some_and(|(_, golden, got)| {
                (got - golden).abs() <= golden.abs() * 2.0 * f64::from(f32::EPSILON)
            });
            let of_activation = matches!(line.key, "min" | "max" | "scale") && got.weights.is_none();
            if !(last_bit && of_activation) {
                tally.failures.push(format!("not the binary's: {text}"));
            }
            tally.not_equal.push(text);
        }
    }
    let extra: Vec<_> = dump
        .keys()
        .filter(|name| !all.contains_key(name.as_str()))
        .collect();
    if !extra.is_empty() {
        tally
            .failures
            .push(format!("{row} {stage}: the binary has no {extra:?}"));
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files.extend(files_below(&path)),
            path => files.push(path),
        }
    }
    files.sort();
    files
}
