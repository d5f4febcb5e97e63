//! Options of operators by the schema's names, enums as numbers, as the reference has them.

use std::collections::BTreeMap;

use quant_core::ir::Options;
use serde_json::Value as Json;

/// The numbers of the schema's enums that options of these models have.
const ENUMS: &[(&str, &[&str])] = &[
    (
        "fusedActivationFunction",
        &["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"],
    ),
    ("padding", &["SAME", "VALID"]),
    ("weightsFormat", &["DEFAULT", "SHUFFLED4x16INT8"]),
    ("mode", &["REFLECT", "SYMMETRIC"]),
    ("quantizedBiasType", TYPES),
    ("outputType", TYPES),
    ("inDataType", TYPES),
    ("outDataType", TYPES),
];

const TYPES: &[&str] = &[
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
];

/// The options, read from what they say of themselves: `Kind(KindT { stride_w: 1, new_shape: Some([1, 2]) })`.
pub fn of(options: &Options) -> BTreeMap<String, Json> {
    let text = format!("{:?}", options.builtin());
    let Some((_, fields)) = text.split_once(" { ") else {
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    let mut rest = fields.trim_end_matches([' ', '}', ')']);
    while let Some((name, behind)) = rest.split_once(": ") {
        let list = behind.starts_with("Some([");
        let end = if list {
            behind.find("])").map(|at| at + 2)
        } else {
            behind.find(", ")
        };
        let (value, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let name = camel(name);
        let value = value.trim_start_matches("Some(").trim_end_matches(')');
        found.insert(name.clone(), json(&name, value));
        rest = behind.trim_start_matches(", ");
    }
    found
}

fn camel(name: &str) -> String {
    // Circle's words for it, which the schema of both has.
    let name = match name {
        "adjoint_lhs" => "adj_x",
        "adjoint_rhs" => "adj_y",
        name => name,
    };
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_uppercase() + tail
    })
}

fn json(name: &str, value: &str) -> Json {
    let numbers = ENUMS.iter().find(|(field, _)| *field == name);
    let number = numbers.and_then(|(_, names)| names.iter().position(|one| *one == value));
    number.map_or_else(
        || serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned())),
        Json::from,
    )
}

/// Whether two values are one: floats as f32.
pub fn same(reference: &Json, ours: &Json) -> bool {
    match (reference, ours) {
        (Json::Number(a), Json::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && f32_of(a) == f32_of(b),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => reference == ours,
    }
}

fn f32_of(number: &serde_json::Number) -> Option<f32> {
    number.as_f64().map(|x| x as f32)
}
