//! Graphs that call graphs, variables, and operators that quantization does not cover.

use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::interp::{Interpreter, Run};
use quant_core::ir::{Builtin, DType, Graph, Model, OpId, TensorId};
use quant_core::record::{RecordOptions, SliceRecords};
use quant_core::value::{Data, Value};
use quant_core::{Error, ErrorKind, Problem, interp, quantize, record};

use crate::common::{model, strict};

/// A model whose further graphs are those of other recipes.
fn graphs(texts: &[&str]) -> Model {
    let further: Vec<String> = texts[1..]
        .iter()
        .map(|text| format!("graph {{ {text} }}"))
        .collect();
    model(&format!("{} {}", texts[0], further.join(" ")))
}

fn floats(values: &[f32]) -> Value {
    Value::f32(vec![values.len()], values.to_vec())
}

fn bool(value: bool) -> Value {
    Value {
        shape: Vec::new(),
        data: Data::Bool(vec![value]),
    }
}

/// Operands `x` and `y`, two floats each, and `y = operation(x)`.
fn unary(operation: &str) -> String {
    format!(
        r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 2 }} }}
        operand {{ name: "y" type: FLOAT32 shape {{ dim: 2 }} }}
        operation {{ {operation} input: "x" output: "y" }}
        input: "x" output: "y""#
    )
}

fn error(model: &Model, inputs: &[Value]) -> Error {
    interp::run(model, inputs).unwrap_err()
}

#[test]
fn a_loop_without_end_is_a_limit() {
    // Neither condition nor body has an operator: a million rounds of nothing.
    let nothing = r#"operand { name: "x" type: BOOL shape { } } input: "x" output: "x""#;
    let forever = r#"operand { name: "x" type: BOOL shape { } } operand { name: "y" type: BOOL shape { } }
        operation { type: "While" while_options { cond_subgraph_index: 1 body_subgraph_index: 2 } input: "x" output: "y" }
        input: "x" output: "y""#;
    let model = graphs(&[forever, nothing, nothing]);
    let error = error(&model, &[bool(true)]);
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert_eq!(error.place(), "WHILE `y`", "{error}");
}

#[test]
fn a_graph_that_calls_itself_is_a_limit() {
    let text = r#"operand { name: "c" type: BOOL shape { } }
        operand { name: "y" type: BOOL shape { } }
        operation { type: "If" input: "c" input: "c" output: "y"
                    if_options { then_subgraph_index: 0 else_subgraph_index: 0 } }
        input: "c" output: "y""#;
    let error = error(&model(text), &[bool(true)]);
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[test]
fn graphs_that_do_not_fit_are_errors() {
    let call = |body: usize| {
        let indices = format!("cond_subgraph_index: 1 body_subgraph_index: {body}");
        unary(&format!("type: \"While\" while_options {{ {indices} }}"))
    };
    let (abs, x) = (unary(r#"type: "Abs""#), [floats(&[1.0, 2.0])]);
    // Recipes name only graphs that they have; of a file, anything may be gone.
    let seven = call(7);
    let model = graphs(&[&[seven.as_str()], [abs.as_str(); 7].as_slice()].concat());
    let mut parts = model.into_parts();
    parts.graphs.truncate(2);
    let model = Model::try_from(parts).unwrap();
    let found = error(&model, &x);
    assert_eq!(found.problem(), &Problem::NoGraph(7), "{found}");
    let found = Run::new(Vec::new(), false)
        .call(&"WHILE `y`".into(), -1, &[])
        .unwrap_err();
    assert_eq!(found.problem(), &Problem::NoGraph(-1), "{found}");
    // The condition makes floats.
    let found = error(&graphs(&[&call(1), &abs]), &x);
    assert!(matches!(found.problem(), Problem::Type(_)), "{found}");
    // Called with two values, it takes one.
    let text = r#"operand { name: "c" type: BOOL shape { } }
        operand { name: "x" type: FLOAT32 shape { dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "If" input: "c" input: "x" input: "x" output: "y"
                    if_options { then_subgraph_index: 1 else_subgraph_index: 1 } }
        input: "c" input: "x" output: "y""#;
    let error = error(&graphs(&[text, &abs]), &[bool(true), floats(&[1.0, 2.0])]);
    assert_eq!(
        (error.place().as_str(), error.problem()),
        (
            "IF `y`: subgraph 1",
            &Problem::Type("it takes (float32), and is called with (float32, float32)".into())
        )
    );
}

#[test]
fn graphs_that_nothing_calls_may_hold_anything() {
    let mut model = graphs(&[&unary(r#"type: "Abs""#), &unary(r#"type: "Abs""#)]);
    let other = &mut model.graphs_mut()[1];
    other.edit(OpId(0), |op| op.code.builtin = Builtin::RNN).unwrap();
    assert_eq!(
        interp::run(&model, &[floats(&[-1.0, 2.0])]).unwrap(),
        [floats(&[1.0, 2.0])]
    );
}

/// Adds what it is given to a variable, and gives out the sum so far: `y = read(v)` of the run before would show.
const VARIABLE: &str = r#"operand { name: "x" type: FLOAT32 shape { dim: 2 } }
    operand { name: "h" type: INT32 shape { } }
    operand { name: "v" type: FLOAT32 shape { dim: 2 } }
    operation { type: "VarHandle" output: "h" }
    operation { type: "ReadVariable" input: "h" output: "v" }
    input: "x" output: "v""#;

#[test]
fn a_variable_is_read_after_it_is_assigned() {
    let error = error(&model(VARIABLE), &[floats(&[1.0, 2.0])]);
    assert!(matches!(error.problem(), Problem::Missing(_)), "{error}");
    assert_eq!(error.place(), "READ_VARIABLE `v`");
}

#[test]
fn variables_with_contents_and_without_shape_are_errors() {
    let mut bad = model(&unary(r#"type: "Abs""#));
    let buffer = bad.add_buffer(vec![0; 8]);
    let mut variable = bad.main().tensors()[0].clone();
    (variable.is_variable, variable.buffer) = (true, buffer);
    bad.main_mut().add_tensor(variable.clone());
    let found = Interpreter::new(&bad).err().unwrap();
    assert_eq!(found.kind(), ErrorKind::Unsupported, "{found}");
    let mut bad = model(&unary(r#"type: "Abs""#));
    variable.buffer = quant_core::ir::BufferId::default();
    variable.shape = vec![-1, 2];
    bad.main_mut().add_tensor(variable);
    let found = error(&bad, &[floats(&[1.0, 2.0])]);
    assert_eq!(found.kind(), ErrorKind::Unsupported, "{found}");
}

fn recorded(model: &mut Model, records: Vec<Vec<Value>>, threads: usize) {
    let options = RecordOptions {
        threads,
        ..RecordOptions::default()
    };
    record::run(model, &SliceRecords(records), &options, &|_| ()).unwrap();
}

#[test]
fn record_takes_several_graphs_and_stores_ranges_in_the_main_one() {
    let text = r#"operand { name: "c" type: BOOL shape { } }
        operand { name: "x" type: FLOAT32 shape { dim: 2 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 } }
        operation { type: "If" input: "c" input: "x" output: "y"
                    if_options { then_subgraph_index: 1 else_subgraph_index: 2 } }
        input: "c" input: "x" output: "y""#;
    let make = || graphs(&[text, &unary(r#"type: "Abs""#), &unary(r#"type: "Neg""#)]);
    let records = || -> Vec<Vec<Value>> {
        let record = |n: usize| vec![bool(n.is_multiple_of(2)), floats(&[n as f32, -0.5])];
        (0..7).map(record).collect()
    };
    let mut one = make();
    recorded(&mut one, records(), 1);
    let quant = one.main().tensor(TensorId(2)).quant.as_ref().unwrap();
    assert!(quant.min[0] < -4.0 && quant.max[0] > 5.0, "{quant:?}");
    assert!(
        one.graphs()[1..]
            .iter()
            .flat_map(Graph::tensors)
            .all(|t| t.quant.is_none())
    );
    let mut three = make();
    recorded(&mut three, records(), 3);
    assert_eq!(one, three);
    let error = quantize::run(&mut one, &Config::new(QuantType::Uint8, Granularity::Channel)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(error.problem(), &Problem::Graphs(3));
}

#[test]
fn strict_quantize_refuses_what_no_rule_covers_and_record_does_not() {
    for operation in [r#"type: "Sin""#, r#"type: "HardSwish""#, r#"type: "Round""#] {
        let mut model = model(&unary(operation));
        recorded(&mut model, vec![vec![floats(&[0.25, 0.5])]], 1);
        let error = quantize::run(&mut model, &strict(QuantType::Uint8, Granularity::Channel)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(matches!(error.problem(), Problem::NoRule(_)), "{error}");
    }
}

#[test]
fn custom_operators_are_found_by_name_and_unknown_ones_refused() {
    let text = r#"operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
        operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 1 } }
        operand { name: "i" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 1 } }
        operation { type: "MaxPoolingWithArgmax2D" input: "x" output: "y" output: "i" }
        input: "x" output: "y" output: "i""#;
    let mut model = model(text);
    let input = Value::f32(vec![1, 2, 2, 1], vec![1.0, -3.0, 7.0, 2.0]);
    let found = error(&model, std::slice::from_ref(&input));
    assert!(matches!(found.problem(), Problem::Count(_)), "{found}");
    assert_eq!(found.place(), "CUSTOM MaxPoolingWithArgmax2D `y`");
    let options = |numbers: [i32; 6]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    for (wrong, what) in [
        ([0, 2, 2, 2, 2, 0], "padding 0"),
        ([2, 0, 2, 2, 2, 0], "a stride or size of 0"),
        ([2, 2, 2, -1, 2, 0], "a stride or size of -1"),
        ([2, 2, 2, 3, 3, 0], "does not fit"),
        ([2, 2, 2, 2, 2, 6], "has no kernel"),
    ] {
        let main = model.main_mut();
        main.edit(OpId(0), |op| op.custom_options = Some(options(wrong)))
            .unwrap();
        let found = error(&model, std::slice::from_ref(&input)).to_string();
        assert!(found.contains(what), "{found}");
    }
    let right = Some(options([2, 2, 2, 2, 2, 0]));
    let main = model.main_mut();
    main.edit(OpId(0), |op| op.custom_options = right).unwrap();
    let made = interp::run(&model, std::slice::from_ref(&input)).unwrap();
    assert_eq!(
        made.iter().map(|v| v.as_f32().unwrap()[0]).collect::<Vec<_>>(),
        [7.0, 2.1]
    );
    recorded(&mut model, vec![vec![input.clone()]], 1);
    let found = quantize::run(&mut model, &strict(QuantType::Uint8, Granularity::Channel)).unwrap_err();
    assert_eq!(found.kind(), ErrorKind::Unsupported, "{found}");
    let main = model.main_mut();
    main.edit(OpId(0), |op| op.code.custom = Some("Other".to_owned()))
        .unwrap();
    let found = error(&model, &[input]);
    assert_eq!(found.kind(), ErrorKind::Unsupported, "{found}");
    assert!(matches!(found.problem(), Problem::NoKernel(_)), "{found}");
    assert_eq!(found.place(), "CUSTOM Other `y`");
}

#[test]
fn weights_may_be_integers_behind_dequantize() {
    let text = |reader: &str| {
        format!(
            r#"operand {{ name: "x" type: FLOAT32 shape {{ dim: 1 dim: 2 }} }}
            operand {{ name: "q" type: INT8 shape {{ dim: 2 dim: 2 }} quant {{ scale: 0.5 scale: 0.25 zero_point: 0 zero_point: 0 }}
                       filler {{ tag: "explicit" arg: "1" arg: "-2" arg: "4" arg: "8" }} }}
            operand {{ name: "w" type: FLOAT32 shape {{ dim: 2 dim: 2 }} }}
            operand {{ name: "y" type: FLOAT32 shape {{ dim: 1 dim: 2 }} }}
            operand {{ name: "z" type: FLOAT32 shape {{ dim: 2 dim: 2 }} }}
            operation {{ type: "Dequantize" input: "q" output: "w" }}
            operation {{ type: "FullyConnected" input: "x" input: "w" output: "y" }}
            operation {{ type: "{reader}" input: "q" output: "z" }}
            input: "x" output: "y""#
        )
    };
    let mut good = model(&text("Dequantize"));
    let record = vec![vec![Value::f32(vec![1, 2], vec![1.0, 10.0])]];
    recorded(&mut good, record.clone(), 1);
    let graph = good.main();
    let range = &graph.tensor(graph.find("y").unwrap()).quant.as_ref().unwrap();
    assert_eq!((range.min[0], range.max[0]), (-9.5, 21.0));
    quantize::run(&mut good, &strict(QuantType::Uint8, Granularity::Channel)).unwrap();
    let weights = good.main().tensor(good.main().find("w").unwrap());
    let scales = weights.quant.as_ref().map(|quant| quant.scale.len());
    assert_eq!((weights.dtype, scales), (DType::Uint8, Some(2)));
    // Integers that another operator reads are a quantized model.
    let mut bad = model(&text("Cast"));
    let error = record::run(
        &mut bad,
        &SliceRecords(record),
        &RecordOptions::default(),
        &|_| (),
    )
    .unwrap_err();
    assert_eq!(error.problem(), &Problem::Quantized(DType::Int8));
}
