//! Texts and bytes that are graphs, and those that are none.

use super::*;
use crate::recipe::{Filler, OptionValue};

const MODEL: &str = r#"ir_version: 8
graph {
  node { input: "x" input: "w" output: "y" op_type: "Conv"
    attribute { name: "pads" ints: [1, 1, 1, 1] type: INTS } attribute { name: "group" i: 1 type: INT } }
  initializer { dims: [1, 1, 1, 1] data_type: 1 raw_data: "\000\000\200?" name: "w" }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 }
    dim { dim_value: 2 } dim { dim_value: 2 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
}
opset_import { version: 13 }"#;

#[test]
fn a_text_is_a_graph() {
    let recipe = read(MODEL).unwrap();
    assert_eq!(
        (recipe.version, recipe.inputs.as_slice()),
        (13, &["x".to_owned()][..])
    );
    assert_eq!(
        recipe.operand("w").unwrap().filler,
        Some(Filler::Float(vec![1.0]))
    );
    assert_eq!(recipe.operand("x").unwrap().shape, [1, 1, 2, 2]);
    assert!(recipe.operand("y").unwrap().is_float_activation());
    assert_eq!(
        recipe.operations[0].option("pads"),
        Some(&OptionValue::Ints(vec![1; 4]))
    );
}

#[test]
fn what_is_no_case_is_told() {
    for (old, new, wanted) in [
        ("dim_value: 2", "dim_param: \"n\"", "has a size that is open"),
        (
            "\"x\" input",
            "\"z\" input",
            "reads `z`, which nothing before it makes",
        ),
        (
            "data_type: 1 ",
            "data_type: 10 ",
            "element type 10 is no part of cases",
        ),
        ("\\000\\000", "\\000", "bytes of half an element"),
        (
            "?\"",
            "?\\000\\000\\000\\000\"",
            "`w` has 2 elements, its dims say 1",
        ),
        ("op_type", "domain: \"own\" op_type", "operators of `own`"),
        ("i: 1 type: INT", "g { }", "`group` holds no number"),
        ("\\200?", "\\300\\177", "not finite"),
    ] {
        let text = MODEL.replacen(old, new, 1);
        assert_ne!(text, MODEL);
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

/// A field of bytes.
fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

#[test]
fn bytes_are_the_same_graph() {
    let dims = |sizes: &[u8]| {
        sizes
            .iter()
            .flat_map(|size| part(1, &[8, *size]))
            .collect::<Vec<u8>>()
    };
    let info = |name: &[u8], shape: Vec<u8>| {
        let tensor = [vec![8, 1], shape].concat();
        [part(1, name), part(2, &part(1, &tensor))].concat()
    };
    let pads = [part(1, b"pads"), part(8, &[1, 1, 1, 1]), vec![0xa0, 1, 7]].concat();
    let group = [part(1, b"group"), vec![0x18, 1, 0xa0, 1, 2]].concat();
    let attributes = [part(5, &pads), part(5, &group)].concat();
    let node = [
        part(1, b"x"),
        part(1, b"w"),
        part(2, b"y"),
        part(4, b"Conv"),
        attributes,
    ]
    .concat();
    let weight = [
        part(1, &[1; 4]),
        vec![16, 1],
        part(8, b"w"),
        part(9, &1f32.to_le_bytes()),
    ]
    .concat();
    let graph = [
        part(1, &node),
        part(5, &weight),
        part(11, &info(b"x", part(2, &dims(&[1, 1, 2, 2])))),
        part(12, &info(b"y", Vec::new())),
    ];
    let bytes = [vec![8, 8], part(7, &graph.concat()), part(8, &[16, 13])].concat();
    let mut text = read(MODEL).unwrap();
    let found = read_binary(&bytes).unwrap();
    let nowhere = crate::textproto::Pos { line: 0, column: 0 };
    text.operands.iter_mut().for_each(|operand| operand.pos = nowhere);
    text.operations
        .iter_mut()
        .for_each(|operation| operation.pos = nowhere);
    assert_eq!(found, text);
    for end in 0..bytes.len() {
        drop(read_binary(&bytes[..end]));
    }
    assert!(read_binary(b"CIR0").is_err());
}

#[test]
fn combinations() {
    for (granularity, of, fits) in [
        ("layer", Type::QdqU8s8, true),
        ("block", Type::QdqU8s8, false),
        ("block", Type::Matmul4bits, true),
        ("channel", Type::Matmul4bits, false),
        ("channel", Type::DynamicS8, true),
    ] {
        assert_eq!(
            refusal(Word::new(granularity), of).is_none(),
            fits,
            "{granularity} {of:?}"
        );
    }
}
