//! Operands as recipes of TensorFlow Lite and Circle write them: one test for each field.

use super::grammar_tests::fails;
use super::*;
use crate::recipe::{Filler, Indices, Operand, SparseDim};

/// A recipe of one operand `x` with these fields besides name and shape, and of `Abs`.
fn operand(fields: &str) -> Result<Operand, RecipeError> {
    let recipe = parse(&format!(
        "operand {{ name: \"x\" shape {{ dim: 2 dim: 3 }} {fields} }}
operand {{ name: \"y\" type: FLOAT32 shape {{ dim: 2 dim: 3 }} }}
operation {{ type: \"Abs\" input: \"x\" output: \"y\" }}
input: \"x\" output: \"y\""
    ))?;
    Ok(recipe.operands.into_iter().next().unwrap())
}

#[test]
fn shapes_may_be_open() {
    let found = operand("type: FLOAT32 shape_signature { dim: -1 dim: 3 }").unwrap();
    assert_eq!(found.shape_signature, Some(vec![-1, 3]));
    fails(
        operand("type: FLOAT32 shape_signature { size: 3 }"),
        "1:77: a shape has no field `size`; known are dim",
        true,
    );
}

#[test]
fn variables_are_read_before_they_are_made() {
    assert!(operand("type: FLOAT32 is_variable: true").unwrap().is_variable);
    assert!(!operand("type: FLOAT32 is_variable: false").unwrap().is_variable);
    fails(
        operand("type: FLOAT32 is_variable: yes"),
        "1:72: `is_variable` takes true or false",
        false,
    );
    let text = "operand { name: \"s\" type: FLOAT32 is_variable: true } operand { name: \"y\" type: FLOAT32 }
operation { type: \"Abs\" input: \"s\" output: \"y\" } output: \"y\"";
    assert!(parse_complete(text).is_ok());
    let text = text.replace("true", "false");
    let error = parse_complete(&text).unwrap_err().to_string();
    assert!(
        error.starts_with("2:1: Abs reads `s` before anything makes it"),
        "{error}"
    );
    // Nothing makes it at all: carried, unless the model must run.
    assert!(parse(&text).is_ok());
    let text = text.replace(
        "output: \"y\" } output",
        "output: \"y\" } operation { type: \"Abs\" input: \"y\" output: \"s\" } output",
    );
    assert_eq!(parse(&text).unwrap_err().to_string(), error);
}

#[test]
fn every_element_type_by_name_and_by_number() {
    for dtype in TYPES {
        assert_eq!(operand(&format!("type: {dtype}")).unwrap().dtype, *dtype);
    }
    for (number, dtype) in [
        (0, "FLOAT32"),
        (9, "INT8"),
        (17, "INT4"),
        (-1, "UINT4"),
        (-7, "MXINT8"),
    ] {
        assert_eq!(operand(&format!("type: {number}")).unwrap().dtype, dtype);
    }
    for wrong in ["FLOAT8", "99"] {
        let error = operand(&format!("type: {wrong}")).unwrap_err();
        assert_eq!((error.pos.line, error.pos.column), (1, 51));
        assert!(error.unsupported && error.what.starts_with("`type` takes one of FLOAT32, FLOAT16, "));
    }
}

#[test]
fn fillers_of_every_type() {
    let filler = |fields: &str| operand(fields).map(|operand| operand.filler);
    let explicit =
        |dtype: &str, args: &str| filler(&format!("type: {dtype} filler {{ tag: \"explicit\" {args} }}"));
    assert_eq!(
        explicit("FLOAT16", "arg: \"1.5\" arg: \"-2\"").unwrap(),
        Some(Filler::Float(vec![1.5, -2.0, 0.0, 0.0, 0.0, 0.0]))
    );
    assert_eq!(
        explicit("INT4", "arg: \"-8\"").unwrap(),
        Some(Filler::Int(vec![-8, 0, 0, 0, 0, 0]))
    );
    assert_eq!(
        explicit("BOOL", "arg: \"true\" arg: \"F\" arg: \"1\"").unwrap(),
        Some(Filler::Int(vec![1, 0, 1, 0, 0, 0]))
    );
    let texts = ["Hello", "", "", "", "", ""].map(str::to_owned);
    assert_eq!(
        explicit("STRING", "arg: \"Hello\"").unwrap(),
        Some(Filler::Text(texts.to_vec()))
    );
    assert_eq!(
        filler("type: INT32 filler { tag: \"constant\" arg: \"7\" arg: \"8\" }").unwrap(),
        Some(Filler::Int(vec![7; 6]))
    );
    let Some(Filler::Int(drawn)) =
        filler("type: UINT8 filler { tag: \"gaussian\" arg: \"200\" arg: \"90\" }").unwrap()
    else {
        panic!()
    };
    assert!(drawn.iter().all(|x| (0..=255).contains(x)), "{drawn:?}");
    fails(
        explicit("UINT4", "arg: \"16\""),
        "1:87: `16` is no UINT4; use an integer in 0…15",
        false,
    );
    fails(
        explicit("FLOAT16", "arg: \"7e4\""),
        "1:89: `7e4` is no finite FLOAT16",
        false,
    );
    fails(
        filler("type: FLOAT32 filler { tag: \"constant\" }"),
        "1:59: `x` has 0 values; `constant` takes one",
        false,
    );
    fails(
        filler("type: STRING filler { tag: \"constant\" arg: \"a\" }"),
        "1:58: `x` is STRING, which has no such filler; use FLOAT32 or an integer type",
        true,
    );
    fails(
        explicit("MXFP4", "arg: \"1\""),
        "1:57: `x` is MXFP4, which has no such filler; use FLOAT32 or an integer type",
        true,
    );
    fails(
        filler("type: FLOAT32 filler { tag: \"uniform\" arg: \"1\" }"),
        "1:73: filler `uniform` is unknown; use explicit, constant or gaussian",
        true,
    );
}

#[test]
fn microscaling_has_an_axis() {
    assert_eq!(
        operand("type: MXINT8 mx_quant { axis: -2 }").unwrap().mx_axis,
        Some(-2)
    );
    fails(
        operand("type: MXINT8 mx_quant { axes: 1 }"),
        "1:69: microscaling has no field `axes`; known are axis",
        true,
    );
}

#[test]
fn constants_are_made_sparse() {
    let values =
        "filler { tag: \"explicit\" arg: \"0\" arg: \"4\" arg: \"0\" arg: \"5\" arg: \"0\" arg: \"6\" }";
    let found = operand(&format!("type: FLOAT32 {values} make_sparse: true")).unwrap();
    assert_eq!(found.filler, Some(Filler::Float(vec![4.0, 5.0, 6.0])));
    let csr = SparseDim::Csr {
        segments: Indices::Int32(vec![0, 1, 3]),
        indices: Indices::Int32(vec![1, 0, 2]),
    };
    assert_eq!(found.sparsity.unwrap().dims, [SparseDim::Dense(2), csr]);
    fails(
        operand("type: FLOAT32 make_sparse: true"),
        "1:59: `make_sparse` needs a filler, and makes `sparsity` itself",
        false,
    );
}

#[test]
fn sparse_constants_are_spelled_out() {
    let sparsity = |kind: &str, index: i32| {
        operand(&format!(
            "type: FLOAT32 filler {{ tag: \"explicit\" arg: \"4\" }} sparsity {{
traversal_order {{ dim: 0 dim: 1 }} block_map {{ }}
dim_metadata {{ format: DENSE dense_size: 2 }}
dim_metadata {{ format: SPARSE_CSR array_segments {{ dim: 0 dim: 1 dim: 1 type: {kind} }}
array_indices {{ dim: {index} type: {kind} }} }} }}"
        ))
    };
    let csr = SparseDim::Csr {
        segments: Indices::Uint8(vec![0, 1, 1]),
        indices: Indices::Uint8(vec![2]),
    };
    let found = sparsity("UINT8VEC", 2).unwrap().sparsity.unwrap();
    assert_eq!(found.traversal_order, [0, 1]);
    assert_eq!(found.dims, [SparseDim::Dense(2), csr]);
    fails(
        sparsity("UINT8VEC", 256),
        "5:15: `array_indices` takes numbers of its type",
        false,
    );
}
