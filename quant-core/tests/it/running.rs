//! How the quantized model of a comparison is executed.

use quant_core::Quantizer;
use quant_core::interp::Profile;
use quant_core::ir::{Builtin, DType, OpCode, Operator, Options};
use quant_core::quantized::running::{Executed, Execution};

use quant_schema::{BuiltinOptionsT, VarHandleOptionsT};

use crate::common::model;
use crate::quantizer::network;

/// The comparison runs the integers of the scheme's runtime, or what somebody asks for.
#[test]
fn the_comparison_says_how_it_ran() {
    let checked = |quantizer: Quantizer| {
        let quantizer = quantizer.random_records(1, 3);
        let quantized = quantizer.quantize_model(network()).unwrap();
        quantized.check().unwrap().as_ref().unwrap().executed.clone()
    };
    let int8 = || Quantizer::new().scheme_named("tflite-int8").unwrap();
    assert_eq!(checked(int8()), Executed::Integers(Profile::LitertReference));
    let litert = Execution::Integers(Profile::Litert);
    assert_eq!(
        checked(int8().execution(litert)),
        Executed::Integers(Profile::Litert)
    );
    let simulated = Executed::Simulated { why: None };
    assert_eq!(checked(int8().execution(Execution::Simulated(None))), simulated);
    // No kernel of LiteRT takes a filter with a zero point for each channel.
    let executed = checked(Quantizer::new().execution(litert));
    assert!(executed.why().unwrap().ends_with("(litert)"), "{executed}");
    let float = Quantizer::new().scheme_named("tflite-float16").unwrap();
    assert_eq!(checked(float), Executed::Float);
}

/// An operator that makes nothing does something: a variable holds what was assigned, in integers and in floats.
#[test]
fn variables_of_integers_are_assigned() {
    let mut network = model(
        r#"operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 3 } }
        operand { name: "h" type: INT32 shape { } }
        operand { name: "twice" type: FLOAT32 shape { dim: 2 dim: 3 } }
        operand { name: "v" type: FLOAT32 shape { dim: 2 dim: 3 } }
        operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 3 } }
        operation { type: "Add" input: "x" input: "x" output: "twice" }
        operation { type: "ReadVariable" input: "h" output: "v" }
        operation { type: "Add" input: "v" input: "x" output: "y" }
        input: "x" output: "y""#,
    );
    let named = |name: &str| {
        let mut ids = network.main().ids();
        ids.find(|id| network.main().tensor(*id).name == name)
    };
    // Recipes have no operators that make nothing, and no names of variables.
    let options = Box::<VarHandleOptionsT>::default();
    let variable = Operator::new(
        OpCode::builtin(Builtin::VAR_HANDLE),
        Vec::new(),
        vec![named("h").unwrap()],
        Options::new(BuiltinOptionsT::VarHandleOptions(options)),
    );
    let assign = Operator::new(
        OpCode::builtin(Builtin::ASSIGN_VARIABLE),
        vec![named("h"), named("twice")],
        Vec::new(),
        Options::default(),
    );
    let handle = named("h").unwrap();
    network.main_mut().tensor_mut(handle).dtype = DType::Resource;
    network
        .main_mut()
        .insert(vec![(0, variable), (1, assign)])
        .unwrap();
    for (execution, executed) in [
        (
            Execution::Integers(Profile::Litert),
            Executed::Integers(Profile::Litert),
        ),
        (Execution::Simulated(None), Executed::Simulated { why: None }),
    ] {
        let quantizer = Quantizer::new().scheme_named("tflite-int8-legacy").unwrap();
        let quantizer = quantizer.random_records(1, 3).execution(execution);
        let quantized = quantizer.quantize_model(network.clone()).unwrap();
        let integers = |tensor: &quant_core::ir::Tensor| tensor.name == "v" && tensor.dtype == DType::Int8;
        let tensors = quantized.model().main().tensors();
        assert!(tensors.iter().any(integers), "{tensors:?}");
        let check = quantized.check().unwrap().as_ref().unwrap();
        assert_eq!(check.executed, executed);
        assert!(
            check.outputs[0].errors.sqnr().unwrap() > 35.0,
            "{}",
            check.outputs[0]
        );
    }
}
