//! Gemm as MatMul and Add, which dynamic quantization knows.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::Result;

use super::draft::{Draft, Wired};
use crate::tensor::{Tensor, TensorProto};

/// Puts MatMul, and Add for the bias, in place of every Gemm without factors and with its left side as it is. A constant
/// right side that is transposed becomes a new constant.
pub(super) fn replace(draft: &mut Draft) -> Result<()> {
    let mut names: BTreeSet<String> = draft.types.keys().cloned().collect();
    names.extend(draft.constants().map(str::to_owned));
    for wired in &draft.nodes {
        names.extend(wired.inputs.iter().chain(&wired.outputs).cloned());
    }
    let mut transposed: BTreeMap<String, String> = BTreeMap::new();
    for wired in draft.take_nodes() {
        let node = &wired.node;
        let plain = node.op() == "Gemm"
            && node.float("alpha")?.unwrap_or(1.0) == 1.0
            && node.float("beta")?.unwrap_or(1.0) == 1.0
            && node.int("transA")?.unwrap_or(0) == 0;
        if !plain {
            draft.add(wired);
            continue;
        }
        let named = |end: &str| match node.name() {
            "" => String::new(),
            name => format!("{name}_{end}"),
        };
        let y = wired.output(0).to_owned();
        let mut b = wired.input(1).to_owned();
        if node.int("transB")?.unwrap_or(0) == 1 {
            if let Some(known) = transposed.get(&b) {
                b.clone_from(known);
            } else if draft.is_constant(&b) {
                let name = free(&b, &mut names);
                let tensor = turned(&draft.array(&b)?);
                draft.add_tensor(TensorProto::new(&name, &tensor));
                if let Some(data_type) = draft.types.get(&b).copied() {
                    draft.types.insert(name.clone(), data_type);
                }
                transposed.insert(b, name.clone());
                b = name;
            } else {
                let name = format!("{b}_Transposed");
                draft.add(Wired::new("Transpose", &named("Transpose"), &[&b], &[&name]));
                if let Some(data_type) = draft.types.get(&b).copied() {
                    draft.types.insert(name.clone(), data_type);
                }
                b = name;
            }
        }
        let biased = wired.inputs.len() > 2;
        let product = if biased { format!("{y}_MatMul") } else { y.clone() };
        if let Some(data_type) = draft.types.get(&y).copied() {
            draft.types.insert(product.clone(), data_type);
        }
        draft.add(Wired::new(
            "MatMul",
            &named("MatMul"),
            &[wired.input(0), &b],
            &[&product],
        ));
        if biased {
            draft.add(Wired::new(
                "Add",
                &named("Add"),
                &[&product, wired.input(2)],
                &[&y],
            ));
        }
    }
    Ok(())
}

/// A name for a transposed constant whose integers, scale and zero point have free names too.
fn free(of: &str, names: &mut BTreeSet<String>) -> String {
    const ENDS: [&str; 4] = ["", "_quantized", "_scale", "_zero_point"];
    let mut name = format!("{of}_Transposed");
    let mut number = 0;
    while ENDS.iter().any(|end| names.contains(&format!("{name}{end}"))) {
        number += 1;
        name = format!("{of}_Transposed_{number}");
    }
    names.extend(ENDS.iter().map(|end| format!("{name}{end}")));
    name
}

/// A matrix with its rows as columns.
fn turned(tensor: &Tensor) -> Tensor {
    let [rows, columns] = tensor.shape[..] else {
        return tensor.clone();
    };
    let bytes = tensor.bytes();
    let size = tensor.data_type.bits().unwrap_or(8) / 8;
    let mut turned = Vec::with_capacity(bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            let at = (row * columns + column) * size;
            turned.extend_from_slice(bytes.get(at..at + size).unwrap_or_default());
        }
    }
    Tensor::numbers(tensor.data_type, &[columns, rows], turned)
}
