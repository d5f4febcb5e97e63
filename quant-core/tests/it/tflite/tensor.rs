//! A tensor of the reference beside ours: type, shape, scale, zero point, dimension, blocks, integers.

use quant_core::ir::{DType, Graph, Model, QuantDetails, QuantParam, Tensor};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Integers that were compared.
    pub integers: usize,
    /// Key, theirs, ours.
    pub differences: Vec<(&'static str, String, String)>,
}

impl Found {
    fn same<T: PartialEq + std::fmt::Debug + ?Sized>(&mut self, key: &'static str, theirs: &T, ours: &T) {
        if theirs != ours {
            self.differences.push((key, short(theirs), short(ours)));
        }
    }
}

fn short(value: &(impl std::fmt::Debug + ?Sized)) -> String {
    let text = format!("{value:?}");
    let cut: String = text.chars().take(120).collect();
    if cut.len() < text.len() { cut + "…" } else { text }
}

/// Compares a tensor of the graph `reference` with ours.
pub fn compare(
    theirs: &Json,
    reference: &Json,
    model: &Model,
    graph: &Graph,
    ours: &Tensor,
    name: bool,
) -> Found {
    let mut found = Found::default();
    if name {
        found.same("name", theirs["name"].as_str().unwrap(), &ours.name);
    }
    let dtype = ours.dtype.word().to_uppercase();
    found.same("type", theirs["type"].as_str().unwrap(), dtype.as_str());
    found.same("shape", &integers(&theirs["shape"]), &wide(&ours.shape));
    let signature = theirs.get("shape_signature").map(integers);
    found.same(
        "shape_signature",
        &signature,
        &ours.shape_signature.as_deref().map(wide),
    );
    let variable = theirs.get("is_variable").is_some_and(|is| is == true);
    found.same("is_variable", &variable, &ours.is_variable);
    let none = QuantParam::default();
    let quant = ours.quant.as_ref().unwrap_or(&none);
    scales(&mut found, theirs, quant);
    zero_points(&mut found, theirs, quant);
    let dimension = theirs
        .get("quantized_dimension")
        .map_or(0, |axis| axis.as_i64().unwrap());
    found.same(
        "quantized_dimension",
        &dimension,
        &i64::from(quant.quantized_dimension),
    );
    blocks(name, &mut found, theirs, reference, model, graph, quant);
    if found.differences.iter().all(|(key, ..)| *key != "type") {
        constant(&mut found, theirs, model, ours);
    }
    found
}

fn scales(found: &mut Found, theirs: &Json, quant: &QuantParam) {
    let bits = |scales: &[f32]| scales.iter().map(|scale| scale.to_bits()).collect::<Vec<_>>();
    let listed = |key: &str| -> Vec<f32> {
        let list = theirs.get(key).and_then(Json::as_array).into_iter().flatten();
        list.map(|scale| scale.as_f64().unwrap() as f32).collect()
    };
    if let Some(hash) = theirs.get("scale_sha256") {
        let count = theirs["scale_count"].as_u64().unwrap() as usize;
        found.same("scale_count", &count, &quant.scale.len());
        let head = listed("scale_head");
        let ours = &quant.scale[..head.len().min(quant.scale.len())];
        if bits(&head) != bits(ours) {
            found.differences.push(("scale_head", short(&head), short(ours)));
        }
        let bytes: Vec<u8> = quant.scale.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        found.same("scale_sha256", hash.as_str().unwrap(), sha256(&bytes).as_str());
    } else if bits(&listed("scale")) != bits(&quant.scale) {
        found
            .differences
            .push(("scale", short(&listed("scale")), short(&quant.scale)));
    }
}

fn zero_points(found: &mut Found, theirs: &Json, quant: &QuantParam) {
    let listed = theirs.get("zero_point").map(integers).unwrap_or_default();
    let wanted = match theirs.get("zero_point_count").and_then(Json::as_u64) {
        Some(count) => {
            found.same("zero_point_count", &(count as usize), &quant.zero_point.len());
            vec![listed[0]; quant.zero_point.len()]
        }
        None => listed,
    };
    found.same("zero_point", &wanted, &quant.zero_point);
}

fn blocks(
    name: bool,
    found: &mut Found,
    theirs: &Json,
    reference: &Json,
    model: &Model,
    graph: &Graph,
    quant: &QuantParam,
) {
    let wanted = theirs
        .get("blockwise")
        .map(|blocks| blocks["block_size"].as_i64().unwrap());
    let ours = match quant.details {
        Some(QuantDetails::Blockwise { block_size, .. }) => Some(i64::from(block_size)),
        _ => None,
    };
    found.same("block_size", &wanted, &ours);
    let (
        Some(blocks),
        Some(QuantDetails::Blockwise {
            scales, zero_points, ..
        }),
    ) = (theirs.get("blockwise"), &quant.details)
    else {
        return;
    };
    for (key, id) in [("scales", *scales), ("zero_points", *zero_points)] {
        let wanted = usize::try_from(blocks[key].as_i64().unwrap()).ok();
        let id = usize::try_from(id).ok().filter(|id| *id < graph.tensors().len());
        match (wanted, id) {
            (Some(wanted), Some(id)) => {
                let theirs = &reference["tensors"][wanted];
                let part = compare(theirs, reference, model, graph, &graph.tensors()[id], name);
                found.integers += part.integers;
                found.differences.extend(part.differences);
            }
            _ => found.same("blockwise", &(key, wanted.is_some()), &(key, id.is_some())),
        }
    }
}

fn constant(found: &mut Found, theirs: &Json, model: &Model, ours: &Tensor) {
    let given = ["values", "values_u16", "sha256"]
        .iter()
        .any(|key| theirs.get(*key).is_some());
    if !given {
        return;
    }
    let bytes = model.data(ours).unwrap_or_default();
    if let Some(values) = theirs.get("values").and_then(Json::as_array) {
        let wanted: Vec<i64> = values.iter().map(|x| number(x, ours.dtype)).collect();
        found.same("values", &wanted, &elements(ours, &bytes));
        found.integers += wanted.len();
    }
    if let Some(values) = theirs.get("values_u16") {
        let halves = bytes.as_chunks().0.iter();
        let halves: Vec<i64> = halves.map(|half| i64::from(u16::from_le_bytes(*half))).collect();
        found.same("values_u16", &integers(values), &halves);
        found.integers += halves.len();
    }
    if let Some(hash) = theirs.get("sha256") {
        let packed = ours.dtype.size().is_none();
        let unpacked = || {
            elements(ours, &bytes)
                .iter()
                .map(|x| (*x as i8).cast_unsigned())
                .collect()
        };
        let bytes: Vec<u8> = if packed { unpacked() } else { bytes.into_owned() };
        let count = bytes.len() / ours.dtype.size().unwrap_or(1);
        if let Some(wanted) = theirs.get("count").and_then(Json::as_u64) {
            found.same("count", &(wanted as usize), &count);
            found.integers += count;
        }
        // Halves have none.
        if let Some(head) = theirs.get("head").and_then(Json::as_array) {
            let first = Tensor {
                shape: vec![32.min(count) as i32],
                ..ours.clone()
            };
            let head: Vec<i64> = head.iter().map(|x| number(x, ours.dtype)).collect();
            let ours = match ours.dtype {
                _ if packed => bytes
                    .iter()
                    .take(32)
                    .map(|x| i64::from(x.cast_signed()))
                    .collect(),
                _ => elements(&first, &bytes),
            };
            found.same("head", &head, &ours);
        }
        found.same("sha256", hash.as_str().unwrap(), sha256(&bytes).as_str());
    }
}

/// The elements; those of packed types in order, floats as their bits.
fn elements(tensor: &Tensor, bytes: &[u8]) -> Vec<i64> {
    let count = tensor.elements().unwrap_or(0);
    let packed = |bits: usize| -> Vec<i64> {
        let places = (0..count.min(bytes.len() * 8 / bits)).map(|at| at * bits);
        let raw = places.map(|bit| (bytes[bit / 8] >> (bit % 8)) << (8 - bits));
        raw.map(|byte| i64::from(byte.cast_signed() >> (8 - bits)))
            .collect()
    };
    let all = match tensor.dtype {
        DType::Int8 => each(bytes, |[x]| i64::from(x.cast_signed())),
        DType::Uint8 | DType::Bool => each(bytes, |[x]| i64::from(x)),
        DType::Int16 => each(bytes, |x| i64::from(i16::from_le_bytes(x))),
        DType::Int32 => each(bytes, |x| i64::from(i32::from_le_bytes(x))),
        DType::Int64 => each(bytes, i64::from_le_bytes),
        DType::Float32 => each(bytes, |x| i64::from(u32::from_le_bytes(x))),
        DType::Int4 => packed(4),
        other if other.word() == "int2" => packed(2),
        _ => Vec::new(),
    };
    all.into_iter().take(count).collect()
}

fn each<const N: usize>(bytes: &[u8], one: impl Fn([u8; N]) -> i64) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|x| one(*x)).collect()
}

/// An element of the reference, as [`elements`] has it.
fn number(value: &Json, dtype: DType) -> i64 {
    match value {
        Json::Bool(is) => i64::from(*is),
        float if dtype == DType::Float32 => i64::from((float.as_f64().unwrap() as f32).to_bits()),
        other => other.as_i64().unwrap(),
    }
}

fn integers(list: &Json) -> Vec<i64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_i64().unwrap())
        .collect()
}

fn wide(list: &[i32]) -> Vec<i64> {
    list.iter().map(|x| i64::from(*x)).collect()
}

/// The first half of the hash, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits = hash[..16].iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
