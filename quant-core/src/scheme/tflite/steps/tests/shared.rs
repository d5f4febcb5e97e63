//! Constants that operators share.

use quant_ir::{Builtin as B, DType};
use quant_numeric::round::half_away_f32;

use super::super::super::Options;
use super::super::quantize_int8;
use super::mended::{COMPAT, int8};
use super::net::{Net, bytes, operators, parameters, words};

#[test]
fn each_bias_has_the_scale_of_its_operator() {
    let mut net = Net::new();
    let x = net.input("x", &[1, 1], (-1.0, 1.0));
    let w = net.floats("w", &[1, 1], &[1.0]);
    let b = net.floats("b", &[1], &[1.0]);
    let a = net.value("a", &[1, 1], (0.0, 10.0));
    net.op(B::FULLY_CONNECTED, &[x, w, b], &[a]);
    let y = net.value("y", &[1, 1], (0.0, 10.0));
    net.op(B::FULLY_CONNECTED, &[a, w, b], &[y]);
    let net = net.output(y);
    let scale = |input: f32| input / 255.0 / 127.0;
    let (model, _) = int8(&net, &COMPAT());
    assert_eq!(operators(&model)[2], "FULLY_CONNECTED a w b → y_int8");
    let (model, _) = int8(&net, &Options::default());
    assert_eq!(operators(&model)[2], "FULLY_CONNECTED a w b_duplicate_1 → y_int8");
    assert_eq!(words(&model, "b"), [half_away_f32(1.0 / scale(2.0)) as i32]);
    assert_eq!(
        words(&model, "b_duplicate_1"),
        [half_away_f32(1.0 / scale(10.0)) as i32]
    );
}

#[test]
fn a_bias_that_is_an_operand_is_copied() {
    for options in [COMPAT(), Options::default()] {
        let mut net = Net::new();
        let x = net.input("x", &[1, 2], (-1.0, 1.0));
        let w = net.floats("w", &[2, 2], &[1.0, 0.0, 0.0, 1.0]);
        let b = net.floats("b", &[2], &[1.0, 0.5]);
        let m = net.value("m", &[1, 2], (-1.0, 1.0));
        net.op(B::MUL, &[x, b], &[m]);
        let y = net.value("y", &[1, 2], (0.0, 10.0));
        net.op(B::FULLY_CONNECTED, &[m, w, b], &[y]);
        let (model, _) = int8(&net.output(y), &options);
        assert_eq!(
            operators(&model)[1..3],
            ["MUL x_int8 b → m", "FULLY_CONNECTED m w b_duplicate_1 → y_int8"]
        );
        assert_eq!(bytes(&model, "b"), [127, 64]);
        assert_eq!(parameters(&model, "b_duplicate_1").0, DType::Int32);
    }
}

#[test]
fn a_table_that_is_a_filter_as_well_has_both_forms() {
    let mut net = Net::new();
    let x = net.input("x", &[1, 2], (-1.0, 1.0));
    let table = net.floats("table", &[2, 2], &[1.0, 0.5, 0.25, 0.125]);
    let indices = net.constant("indices", DType::Int32, &[1], vec![0; 4]);
    let a = net.value("a", &[1, 2], (0.0, 10.0));
    net.op(B::FULLY_CONNECTED, &[x, table], &[a]);
    let g = net.value("g", &[1, 2], (0.0, 1.0));
    net.op(B::GATHER, &[table, indices], &[g]);
    let y = net.value("y", &[1, 2], (0.0, 10.0));
    net.op(B::ADD, &[a, g], &[y]);
    let net = net.output(y);
    let (model, _) = int8(&net, &Options::default());
    assert_eq!(operators(&model)[2], "GATHER table_duplicate_1 indices → g");
    assert_eq!(bytes(&model, "table"), [127, 64, 127, 64]);
    assert_eq!(bytes(&model, "table_duplicate_1"), [127, 64, 32, 16]);
    assert!(quantize_int8(&mut net.0.clone(), &COMPAT()).is_err());
}
