//! What errors show, and what they know.

use std::error::Error as _;

use quant_ir::error::{Error, ErrorKind, Place, Problem};
use quant_ir::format::import;
use quant_ir::{Builtin, DType, Graph, OpCode, Operator, Options, Tensor, TensorId, limits, place};

fn graph() -> Graph {
    let mut graph = Graph::default();
    for name in ["x", "y", "z"] {
        graph.add_tensor(Tensor::new(name, DType::Float32, vec![1]));
    }
    for (from, to) in [(0, 1), (1, 2)] {
        let code = OpCode::builtin(Builtin::ABS);
        let inputs = vec![Some(TensorId(from))];
        let op = Operator::new(code, inputs, vec![TensorId(to)], Options::default());
        graph.push(op).unwrap();
    }
    graph
}

#[test]
fn an_error_is_one_pointer() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<quant_ir::error::Result<()>>(), size_of::<usize>());
}

#[test]
fn operators_are_named_with_their_numbers() {
    let graph = graph();
    for (number, label) in ["y", "z"].iter().enumerate() {
        let found = place(&graph, &graph.operators()[number]);
        let wanted = Place::Operator {
            code: OpCode::builtin(Builtin::ABS),
            label: (*label).to_owned(),
            index: Some(number),
        };
        assert_eq!(found, wanted);
        assert_eq!(found.to_string(), format!("ABS `{label}`"));
    }
    // One that stands in no graph, or in another, has no number.
    let stranger = graph.operators()[1].clone();
    assert!(matches!(
        place(&graph, &stranger),
        Place::Operator { index: None, .. }
    ));
    let other = graph.clone();
    assert!(matches!(
        place(&graph, &other.operators()[0]),
        Place::Operator { index: None, .. }
    ));
}

#[test]
fn places_stand_from_the_outermost_on() {
    let inner = Error::new("", Problem::NoRecords, "give one");
    assert_eq!(inner.to_string(), "there are none; give one");
    let made = graph();
    let operator = place(&made, &made.operators()[0]);
    let error = inner.within(operator.clone()).within(Place::number("record", 3));
    let error = error.within(std::path::Path::new("a.circle").display());
    assert_eq!(
        error.to_string(),
        "a.circle: record 3: ABS `y`: there are none; give one"
    );
    assert_eq!(error.place(), "a.circle: record 3: ABS `y`");
    assert_eq!(error.operator(), Some(&operator));
    assert_eq!(error.places()[0], Place::File("a.circle".into()));
    let bare = Error::new("records", Problem::NoRecord(4), "");
    assert_eq!(bare.to_string(), "records: there is no record 4");
}

#[test]
fn what_an_error_comes_from_is_its_source() {
    let error = import(b"\xff\0\0\0TFL3").unwrap_err();
    assert!(matches!(error.problem(), Problem::Malformed(_)), "{error}");
    let source = error.source().expect("the verifier says why");
    assert!(source.is::<flatbuffers::InvalidFlatbuffer>(), "{source}");
    // It is told, and does not make two errors of one.
    assert_eq!(error, import(b"\xff\0\0\0TFL3").unwrap_err());
}

#[test]
fn a_limit_says_how_much_is_there_and_how_much_may_be() {
    assert_eq!(limits::at_most(3, 3, "file", "tensors"), Ok(()));
    let error = limits::at_most(3, 4, "file", "tensors").unwrap_err();
    let wanted = Problem::TooMany {
        what: "tensors".into(),
        found: 4,
        limit: 3,
    };
    assert_eq!((error.kind(), error.problem()), (ErrorKind::Limit, &wanted));
    assert_eq!(error.to_string(), "file: 4 tensors; at most 3 are read");
}
