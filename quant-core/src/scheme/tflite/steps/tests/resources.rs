//! Variables that operators name by a handle.

use quant_ir::{Builtin as B, DType, Graph, OpCode, Operator, Options as Fields, Tensor};
use quant_schema::BuiltinOptionsT;

use super::super::super::{Options, Selector, Why};
use super::super::{quantize_int8, quantize_int16x8};
use super::net::{Net, operators, parameters};

/// A handle of the variable `v`.
fn handle() -> Operator {
    let mut options = Box::<quant_schema::VarHandleOptionsT>::default();
    options.shared_name = Some("v".into());
    let options = Fields::new(BuiltinOptionsT::VarHandleOptions(options));
    Operator::new(OpCode::builtin(B::VAR_HANDLE), Vec::new(), Vec::new(), options)
}

/// y = v + x, v = reshape(y), where v begins with 2.
fn accumulator() -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[1], (-1.0, 1.0));
    let graph = net.0.main_mut();
    let h = graph.add_tensor(Tensor::new("h", DType::Resource, Vec::new()));
    graph
        .push(Operator {
            outputs: vec![h],
            ..handle()
        })
        .unwrap();
    let read = net.value("read", &[1], (0.0, 2.0));
    net.op(B::READ_VARIABLE, &[h], &[read]);
    let y = net.value("y", &[1], (-1.0, 3.0));
    net.op(B::ADD, &[read, x], &[y]);
    let kept = net.value("kept", &[1], (-1.0, 3.0));
    net.op(B::RESHAPE, &[y], &[kept]);
    net.op(B::ASSIGN_VARIABLE, &[h, kept], &[]);
    let mut first = Graph::new();
    let mut start = Tensor::new("start", DType::Float32, vec![1]);
    start.buffer = net.0.add_buffer(2.0_f32.to_le_bytes().to_vec());
    let start = first.add_tensor(start);
    let h = first.add_tensor(Tensor::new("h0", DType::Resource, Vec::new()));
    first
        .push(Operator {
            outputs: vec![h],
            ..handle()
        })
        .unwrap();
    let assign = OpCode::builtin(B::ASSIGN_VARIABLE);
    first
        .push(Operator::new(
            assign,
            vec![Some(h), Some(start)],
            Vec::new(),
            Fields::default(),
        ))
        .unwrap();
    let number = net.0.add_graph(first);
    let mut once = Box::<quant_schema::CallOnceOptionsT>::default();
    once.init_subgraph_index = number as i32;
    let once = Fields::new(BuiltinOptionsT::CallOnceOptions(once));
    let call = Operator::new(OpCode::builtin(B::CALL_ONCE), Vec::new(), Vec::new(), once);
    net.0.main_mut().insert(vec![(0, call)]).unwrap();
    net.output(y)
}

#[test]
fn a_variable_has_one_scale() {
    let mut model = accumulator().0;
    assert_eq!(quantize_int8(&mut model, &Options::default()).unwrap(), []);
    // −1…3, of all that is read and assigned.
    let variable = (DType::Int8, 4.0 / 255.0, -64);
    assert_eq!(parameters(&model, "read"), variable);
    let start = &model.graphs()[1].tensors()[0];
    let quant = start.quant.as_ref().unwrap();
    assert_eq!((start.dtype, quant.scale[0], quant.zero_point[0]), variable);
    assert_eq!(model.data(start).unwrap()[0].cast_signed(), 63);
    let lines = operators(&model);
    assert!(lines.contains(&"ASSIGN_VARIABLE h kept → ".into()), "{lines:?}");
    assert_eq!(parameters(&model, "kept"), variable);
    let mut model = accumulator().0;
    quantize_int16x8(&mut model, &Options::default()).unwrap();
    assert_eq!(parameters(&model, "read"), (DType::Int16, 3.0 / 32767.0, 0));
}

#[test]
fn what_is_assigned_is_requantized() {
    let mut net = accumulator();
    // What is read reaches further than what is assigned.
    let read = net.0.main().find("read").unwrap();
    net.0.main_mut().tensor_mut(read).quant.as_mut().unwrap().max = vec![9.0];
    let mut model = net.0.clone();
    quantize_int8(&mut model, &Options::default()).unwrap();
    assert!(operators(&model).contains(&"ASSIGN_VARIABLE h kept_requantized → ".into()));
    assert_eq!(parameters(&model, "kept_requantized"), parameters(&model, "read"));
    let mut model = net.0;
    quantize_int8(
        &mut model,
        &Options {
            compat: true,
            ..Options::default()
        },
    )
    .unwrap();
    assert!(operators(&model).contains(&"ASSIGN_VARIABLE h kept → ".into()));
}

#[test]
fn a_variable_that_somebody_reads_as_floats_holds_floats() {
    let mut model = accumulator().0;
    let options = Options {
        float: vec![Selector::Operator(B::READ_VARIABLE)],
        ..Options::default()
    };
    let kept = quantize_int8(&mut model, &options).unwrap();
    let float = Why::Unsafe("its variable stays float");
    assert_eq!(
        kept.iter().map(|kept| &kept.why).collect::<Vec<_>>(),
        [&Why::Asked, &float, &kept[2].why]
    );
    assert_eq!(parameters(&model, "read").0, DType::Float32);
    assert_eq!(model.graphs()[1].tensors()[0].dtype, DType::Float32);
    assert!(operators(&model).contains(&"ASSIGN_VARIABLE h kept_float → ".into()));
}
