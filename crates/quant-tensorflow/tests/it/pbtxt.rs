//! Text and binary say the same.

use quant_tensorflow::pbtxt::{read, write};
use quant_tensorflow::schema::{ATTR_VALUE, GRAPH_DEF, TENSOR_PROTO};
use quant_tensorflow::wire;

#[test]
fn all_kinds_there_and_back() {
    let text = "\
node {
  name: \"n\"
  op: \"Op\\303\\251\"
  input: \"a\"
  input: \"^b\"
  attr {
    key: \"list\"
    value {
      list {
        s: \"\\000\"
        i: -1
        i: 2
        f: 0.1
        f: -inf
        b: true
        b: false
        type: DT_FLOAT
        type: 77
        shape {
          unknown_rank: true
        }
        1000: 5
        1001: 0x00000007
        1002: 0x0000000000000007
        1003: \"x\"
      }
    }
  }
}
versions {
  producer: 1087
  bad_consumers: 1
  bad_consumers: -2
}
";
    let message = read(text, &GRAPH_DEF).unwrap();
    assert_eq!(write(&message, &GRAPH_DEF).unwrap(), text);
    let bytes = wire::write(&message).unwrap();
    assert_eq!(wire::read(&bytes.into(), &GRAPH_DEF, "").unwrap(), message);
}

#[test]
fn numbers_one_by_one_are_packed() {
    let message = read(
        "dtype: DT_FLOAT float_val: 1 float_val: [2, 3] half_val: 300",
        &TENSOR_PROTO,
    )
    .unwrap();
    let bytes = wire::write(&message).unwrap();
    let expected = [
        8, 1, 0x2a, 12, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0x6a, 2, 0xac, 2,
    ];
    assert_eq!(bytes, expected);
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (text, expected) in [
        (
            "x: 1",
            "line 1, column 1: AttrValue has no field `x`; it has list, s, i",
        ),
        ("i: 1\n i: 2", "line 2, column 2: `i` is there twice"),
        ("i: one", "line 1, column 1: `i` is not a number of 64 bits"),
        ("s: 1", "line 1, column 1: `s` is not a string"),
        ("type: DT_NONE", "line 1, column 1: `type` is not DataType"),
        ("shape: 1", "line 1, column 1: `shape` is a value, not a message"),
        ("b { }", "line 1, column 1: `b` is a message, not a value"),
        (
            "tensor { int_val: 3000000000 }",
            "line 1, column 10: `int_val` is not a number of 32 bits",
        ),
        ("0: 1", "line 1, column 1: `0` is the number of no field"),
        (
            "2: 'a'",
            "line 1, column 1: `2` is the number of `s`; write the name",
        ),
        ("99: x", "line 1, column 1: `99` holds no number and no bytes"),
    ] {
        let found = read(text, &ATTR_VALUE).unwrap_err().to_string();
        assert!(found.starts_with(expected), "{found}");
    }
}
