//! Scales that no runtime takes.

use quant_ir::{Builtin as B, DType};

use super::super::super::Options;
use super::mended::{COMPAT, int8};
use super::net::{Net, bytes, parameters};

#[test]
fn activations_of_zeros_have_a_scale() {
    for max in [0.0, f32::MIN_POSITIVE] {
        let mut net = Net::new();
        let x = net.input("x", &[2], (-1.0, 1.0));
        let y = net.unary(B::ABS, x, "y", (0.0, max));
        let net = net.output(y);
        assert_eq!(
            parameters(&int8(&net, &COMPAT()).0, "y_int8"),
            (DType::Int8, max / 255.0, -128)
        );
        // Nothing but zeros: any scale will do, and that of the operand is near to others.
        let (model, _) = int8(&net, &Options::default());
        assert_eq!(parameters(&model, "y_int8"), parameters(&model, "x_int8"));
        let mut net = Net::new();
        let x = net.input("x", &[2], (0.0, max));
        let y = net.unary(B::ABS, x, "y", (0.0, 1.0));
        let (model, _) = int8(&net.output(y), &Options::default());
        assert_eq!(parameters(&model, "x_int8"), (DType::Int8, 1.0 / 255.0, -128));
    }
}

#[test]
fn channels_of_zeros_have_the_scale_of_the_widest() {
    let rows: [(&[f32], [f32; 2], [i8; 2]); 3] = [
        (&[0.0, 2.54], [0.02, 0.02], [0, 127]),
        (&[1e-40, 2.54], [0.02, 0.02], [0, 127]),
        (&[0.0, 0.0], [1.0 / 127.0; 2], [0, 0]),
    ];
    for (values, scales, integers) in rows {
        let mut net = Net::new();
        let x = net.input("x", &[1, 1], (-1.0, 1.0));
        let w = net.floats("w", &[2, 1], values);
        let y = net.value("y", &[1, 2], (-1.0, 1.0));
        net.op(B::FULLY_CONNECTED, &[x, w], &[y]);
        let net = net.output(y);
        let (model, _) = int8(&net, &Options::default());
        let w = model.main().tensor(model.main().find("w").unwrap());
        assert_eq!(w.quant.as_ref().unwrap().scale, scales, "{values:?}");
        assert_eq!(bytes(&model, "w"), integers);
        let (model, _) = int8(&net, &COMPAT());
        let w = model.main().tensor(model.main().find("w").unwrap());
        assert!(w.quant.as_ref().unwrap().scale[0] < f32::MIN_POSITIVE);
    }
}
