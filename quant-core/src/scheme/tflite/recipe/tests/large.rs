//! 20,000 operators.

use std::time::{Duration, Instant};

use quant_ir::{Builtin, OpCode, Operator, Options as Fields, TensorId};

use super::super::quantize;
use super::{Net, Options, named};

#[test]
fn many_operators_take_no_longer_than_they_must() {
    const OPERATORS: usize = 20_000;
    let mut net = Net::new()
        .input("v0", &[1, 2], (-1.0, 1.0))
        .constant("c", &[2], &[0.5, 0.25]);
    for at in 1..=OPERATORS {
        net = net.value(&format!("v{at}"), &[1, 2], (-1.0, at as f32));
    }
    // MAXIMUM asks the constant for other parameters each time, TANH and SIN convert.
    let kinds = [Builtin::MAXIMUM, Builtin::TANH, Builtin::SIN, Builtin::ADD];
    let value = |at: usize| TensorId(if at == 0 { 0 } else { at + 1 });
    let graph = net.0.main_mut();
    for at in 0..OPERATORS {
        let kind = kinds[at % kinds.len()];
        let mut inputs = vec![Some(value(at))];
        if matches!(kind, Builtin::MAXIMUM | Builtin::ADD) {
            inputs.push(Some(TensorId(1)));
        }
        let op = Operator::new(
            OpCode::builtin(kind),
            inputs,
            vec![value(at + 1)],
            Fields::default(),
        );
        graph.push(op).unwrap();
    }
    graph.add_output(value(OPERATORS)).unwrap();
    let mut model = net.0;
    let before = Instant::now();
    let kept = quantize(&mut model, &named("static_wi8_ai8"), &Options::default()).unwrap();
    assert_eq!(
        kept.len(),
        OPERATORS / 4,
        "{:?}",
        kept.iter().find(|kept| kept.kind != "SIN")
    );
    // It takes a second or two without optimization; with a square somewhere, minutes.
    assert!(
        before.elapsed() < Duration::from_secs(30),
        "{:?}",
        before.elapsed()
    );
}
