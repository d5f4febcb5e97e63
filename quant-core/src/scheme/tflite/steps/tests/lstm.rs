//! LSTM, as 8-bit kernels compute it.

use quant_ir::{Builtin as B, DType, OpCode, Operator, Options as Fields};

use super::super::super::{Options, Why};
use super::super::quantize_int16x8;
use super::mended::{COMPAT, int8};
use super::net::{Net, parameters};

/// An LSTM of two cells with weights of 1, and with as many outputs, projected or not.
fn lstm(outputs: i32, projected: bool, peephole: bool) -> Net {
    let mut net = Net::new();
    let x = net.input("x", &[1, 1, 1], (-1.0, 1.0));
    let mut inputs = vec![None; 24];
    inputs[0] = Some(x);
    for at in 1..=4 {
        inputs[at] = Some(net.floats(&format!("w{at}"), &[2, 1], &[1.0, 0.5]));
        let recurrent = vec![0.5; 2 * outputs as usize];
        inputs[at + 4] = Some(net.floats(&format!("r{at}"), &[2, outputs], &recurrent));
        inputs[at + 11] = Some(net.floats(&format!("b{at}"), &[2], &[0.25, -0.25]));
    }
    if peephole {
        inputs[10] = Some(net.floats("p", &[2], &[0.5, 0.25]));
    }
    if projected {
        let weights = vec![0.5; 2 * outputs as usize];
        inputs[16] = Some(net.floats("proj", &[outputs, 2], &weights));
        inputs[17] = Some(net.floats("proj_bias", &[outputs], &vec![0.5; outputs as usize]));
    }
    for (at, name, size, range) in [(18, "state", outputs, (-0.5, 0.25)), (19, "cell", 2, (-0.3, 3.0))] {
        let id = net.value(name, &[1, size], range);
        net.0.main_mut().tensor_mut(id).is_variable = true;
        inputs[at] = Some(id);
    }
    let y = net.value("y", &[1, 1, outputs], (-0.25, 0.5));
    let numbers = (0..5).map(|number| {
        let hidden = net.value(&format!("i{number}"), &[0], (-0.125, 0.5));
        hidden.0 as i32
    });
    let intermediates = Some(numbers.collect());
    let code = OpCode::builtin(B::UNIDIRECTIONAL_SEQUENCE_LSTM);
    let op = Operator {
        intermediates,
        ..Operator::new(code, inputs, vec![y], Fields::default())
    };
    net.0.main_mut().push(op).unwrap();
    net.output(y)
}

#[test]
fn states_and_biases() {
    let (model, kept) = int8(&lstm(2, true, false), &Options::default());
    assert_eq!(kept, []);
    // The union of state and result, a power of two, products.
    let output = (DType::Int8, 1.0 / 255.0, -1);
    assert_eq!(
        (parameters(&model, "state"), parameters(&model, "y_int8")),
        (output, output)
    );
    assert_eq!(parameters(&model, "cell"), (DType::Int16, 4.0 / 32768.0, 0));
    let input = parameters(&model, "x_int8").1;
    let weights = parameters(&model, "w1").1;
    assert_eq!(parameters(&model, "b1"), (DType::Int32, input * weights, 0));
    let hidden = parameters(&model, "i4");
    assert_eq!(hidden, (DType::Int8, 0.5 / 127.0, 0));
    assert_eq!(
        parameters(&model, "proj_bias").1,
        parameters(&model, "proj").1 * hidden.1
    );
}

#[test]
fn the_hidden_state_is_as_kernels_read_it() {
    let (model, _) = int8(&lstm(2, false, false), &Options::default());
    assert_eq!(parameters(&model, "i4"), parameters(&model, "y_int8"));
    for projected in [false, true] {
        let (model, _) = int8(&lstm(2, projected, false), &COMPAT());
        assert_eq!(parameters(&model, "i4").1, 0.625 / 255.0);
    }
}

#[test]
fn peepholes_that_kernels_cut_stay_float() {
    for (outputs, peephole, float) in [(1, true, true), (2, true, false), (1, false, false)] {
        let net = lstm(outputs, true, peephole);
        let (_, kept) = int8(&net, &Options::default());
        assert_eq!(kept.len(), usize::from(float), "{outputs} {peephole}");
        assert_eq!(int8(&net, &COMPAT()).1, []);
    }
}

#[test]
fn with_16_bits_it_stays_float_as_a_whole() {
    let float = lstm(2, true, false).0;
    let mut model = float.clone();
    let kept = quantize_int16x8(&mut model, &Options::default()).unwrap();
    assert_eq!((kept.len(), &kept[0].why), (1, &Why::NoRule16));
    assert_eq!(parameters(&model, "y").0, DType::Float32);
    assert_eq!(parameters(&model, "state").0, DType::Float32);
    // The original leaves it an 8-bit result.
    let mut model = float;
    quantize_int16x8(&mut model, &COMPAT()).unwrap();
    assert_eq!(parameters(&model, "y_int16").0, DType::Int8);
}
