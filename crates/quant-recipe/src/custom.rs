//! Options of custom operators: attributes of TensorFlow's operators as a FlexBuffers map.

use quant_case::recipe::{Operation, OptionValue};

use super::flex::{self, Flex};
use quant_ir::DType;

/// The options of a custom operator by its code; `None` for one whose attributes nobody knows. Types of elements are
/// numbers of the schema, as the original recipe compiler writes them (TensorFlow's own numbers differ).
pub(super) fn options(op: &Operation, code: &str, inputs: &[DType]) -> Option<Vec<u8>> {
    let dtype = |index: usize| {
        let code = inputs.get(index).map_or(0, |dtype| dtype.code());
        Flex::Int(code.into())
    };
    let flag = |name: &'static str| {
        (
            name,
            Flex::Bool(op.option(name) == Some(&OptionValue::Bool(true))),
        )
    };
    Some(flex::map(&match code {
        "AddV2" | "Erf" => vec![("T", dtype(0))],
        "All" => vec![("Tidx", dtype(1)), flag("keep_dims")],
        "BatchMatMulV2" => vec![flag("adj_x"), flag("adj_y"), ("T", dtype(0))],
        "BroadcastTo" => vec![("T", dtype(0)), ("Tidx", dtype(1))],
        "MatMul" => vec![flag("transpose_a"), flag("transpose_b"), ("T", dtype(0))],
        "MatrixBandPart" => vec![("T", dtype(0)), ("Tindex", dtype(1))],
        "MaxPoolWithArgmax" => vec![
            ("ksize", window(op, ["filter_height", "filter_width"])),
            ("strides", window(op, ["stride_h", "stride_w"])),
            ("Targmax", Flex::Int(argmax(op).code().into())),
            ("padding", Flex::Text(word(op, "padding"))),
            flag("include_batch_in_index"),
            ("T", dtype(0)),
        ],
        _ => return None,
    }))
}

/// A window's height and width between one image and one channel.
fn window<'a>(op: &Operation, names: [&str; 2]) -> Flex<'a> {
    let [height, width] = names.map(|name| match op.option(name) {
        Some(OptionValue::Int(size)) => *size,
        _ => 1,
    });
    Flex::Ints(vec![1, height, width, 1])
}

fn argmax(op: &Operation) -> DType {
    DType::from_word(&word(op, "output_type").to_lowercase()).unwrap_or(DType::Int64)
}

fn word<'a>(op: &'a Operation, name: &str) -> &'a str {
    match op.option(name) {
        Some(OptionValue::Word(word)) => word,
        _ => "",
    }
}
