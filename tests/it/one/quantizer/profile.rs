//! Profiling data.

use quant_core::ir::{Model, Operator};

use super::{bench, passes, save};
use crate::common::{call, load};

#[test]
fn profiling_data_is_written_when_asked_for() {
    let folder = bench();
    let folder = folder.path();
    passes(
        folder,
        "--quantize_with_minmax float32 uint8 channel --generate_profile_data recorded.circle out.circle",
    );
    let metadata = load(&folder.join("out.circle")).metadata.unwrap_or_default();
    let names: Vec<&str> = metadata.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["ONE_source_table", "ONE_op_table"]);
}

/// The bytes of a table of profiling data.
fn table(model: &Model, name: &str) -> Vec<u8> {
    let named = model.metadata.iter().flatten().find(|entry| entry.name == name);
    let buffer = model.buffer(named.unwrap().buffer).unwrap();
    buffer.data.as_ref().unwrap().bytes().to_vec()
}

/// The numbers of the operator table: a count, then index, count of sources, and sources of each operator.
fn operator_table(model: &Model) -> Vec<u32> {
    let bytes = table(model, "ONE_op_table");
    let words = bytes.chunks(4);
    words
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect()
}

fn results(model: &Model) -> Vec<&str> {
    let graph = model.main();
    let output = |op: &Operator| graph.tensor(op.outputs[0]).name.as_str();
    graph.operators().iter().map(output).collect()
}

#[test]
fn profiling_data_follows_the_operators() {
    let folder = bench();
    let folder = folder.path();
    let text = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 4 } }
        operand { name: "y" type: FLOAT32 shape { dim: 4 } }
        operand { name: "z" type: FLOAT32 shape { dim: 4 } }
        operation { type: "Abs" input: "x" output: "y" }
        operation { type: "Abs" input: "y" output: "z" }
        input: "x" output: "z""#;
    let model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
    save(folder, "chain.circle", &model);
    let recorded = call(
        "record-minmax",
        folder,
        "--input_model chain.circle --output_model ranges.circle --generate_profile_data",
    );
    assert!(recorded.status.success());
    let ranges = load(&folder.join("ranges.circle"));
    assert_eq!(operator_table(&ranges), [2, 0, 1, 0, 1, 1, 1]);
    let sources = table(&ranges, "ONE_source_table");
    let wanted = [
        &[2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0],
        &b"y\0"[..],
        &[1, 0, 0, 0, 2, 0, 0, 0],
        b"z\0",
    ];
    assert_eq!(sources, wanted.concat());

    let mode = "--quantize_with_minmax float32 uint8 channel --input_type float32 --output_type float32";
    for option in ["", "--generate_profile_data"] {
        passes(folder, &format!("{mode} {option} ranges.circle q.circle"));
        let quantized = load(&folder.join("q.circle"));
        assert_eq!(results(&quantized), ["x_Quantize", "y", "z", "z_Dequantize"]);
        // x_Quantize comes of no operator of the first model.
        assert_eq!(
            operator_table(&quantized),
            [3, 1, 1, 0, 2, 1, 1, 3, 1, 1],
            "{option}"
        );
        // In the next stage the index of x_Quantize is not taken for the source of that number.
        passes(folder, &format!("--fake_quantize {option} q.circle fake.circle"));
        let fake = load(&folder.join("fake.circle"));
        let known = |name: &str| match name.as_bytes()[0] {
            b'y' => Some(0),
            b'z' => Some(1),
            _ => None,
        };
        let rows = results(&fake).into_iter().zip(0..);
        let rows: Vec<[u32; 3]> = rows
            .filter_map(|(name, index)| Some([index, 1, known(name)?]))
            .collect();
        let listed = operator_table(&fake);
        assert!(
            fake.main().operators().len() > rows.len(),
            "x is quantized there too"
        );
        assert_eq!(listed[0] as usize, rows.len());
        assert_eq!(listed[1..], rows.concat(), "{:?}", results(&fake));
        for model in [&quantized, &fake] {
            assert_eq!(table(model, "ONE_source_table"), sources);
        }
    }
}
