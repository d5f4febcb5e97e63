//! The basic kernel of LSTM ([`basic`]) of uint8: gates are words of 16 bits with three bits before the point, cells with four.
//! Both profiles compute the same.

use super::operands::{self, Side};
use crate::ops::Call;
use crate::ops::support::lstm::basic::{self, Sizes, input};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::point::{logistic, tanh};
use quant_numeric::fixed::shift::Word;

/// Bits before the point: of gates, of cells.
const GATE: u32 = 3;
const CELL: u32 = 4;
/// What input and output have, whatever their tensors say.
const ZERO: i32 = 128;

fn unfit(call: &Call<'_>, what: &str) -> Error {
    Error::new(
        call.place(),
        Problem::NoKernel(what.to_owned()),
        "leave the operator in float",
    )
}

/// The kernel.
pub fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let sizes = Sizes::of(call)?;
    let output = |number: usize| operands::output(call, number);
    let bytes = [
        operands::input(call, 0)?,
        operands::input(call, input::OUTPUT)?,
        output(0)?,
        output(2)?,
    ];
    let words = [operands::input(call, input::CELLS)?, output(1)?, output(3)?];
    let (weights, bias) = (
        operands::input(call, input::WEIGHTS)?,
        operands::input(call, input::BIAS)?,
    );
    let of = |sides: &[Side], dtype| sides.iter().all(|side| side.dtype == dtype);
    if !of(&bytes, DType::Uint8)
        || !of(&words, DType::Int16)
        || !of(&[weights], DType::Uint8)
        || !of(&[bias], DType::Int32)
    {
        return Err(unfit(
            call,
            "the basic kernel has integers of uint8, cells and sums of int16 and a bias of int32",
        ));
    }
    if words[1].scale.to_bits() != 2f32.powi(CELL.cast_signed() - 15).to_bits() {
        return Err(unfit(call, "the basic kernel has cells of the scale 2⁻¹¹"));
    }
    let integers = |at: usize| operands::integers(call, at);
    let joined = sizes.joined(&integers(0)?, &integers(input::OUTPUT)?);
    let matrix: Vec<i32> = integers(input::WEIGHTS)?
        .into_iter()
        .map(|q| q - weights.zero)
        .collect();
    let centered: Vec<i32> = joined.iter().map(|q| q - ZERO).collect();
    let depth = sizes.inputs + sizes.cells;
    let by = Multiplier::of(f64::from(4096.0 * bias.scale));
    let sums: Vec<i16> = super::lstm_gate::product(&centered, &matrix, &integers(input::BIAS)?, depth)
        .into_iter()
        .map(|sum| by.times_up(sum).clamp(-32768, 32767) as i16)
        .collect();
    let Data::I16(cells) = &call.input(input::CELLS)?.data else {
        return Err(unfit(call, "the basic kernel has cells of int16"));
    };
    let (mut new, mut made) = (cells.clone(), vec![0u8; cells.len()]);
    let count = sizes.cells.max(1);
    let rows = new.chunks_exact_mut(count).zip(made.chunks_exact_mut(count));
    for ((new, made), gates) in rows.zip(sums.chunks_exact(4 * count)) {
        for (at, (c, h)) in new.iter_mut().zip(made).enumerate() {
            let [i, g, f, o] = [0, 1, 2, 3].map(|gate| gates[gate * count + at]);
            let added = logistic(i, GATE).high_product(tanh(g, GATE));
            let kept = logistic(f, GATE).high_product(*c);
            *c = added.rounding_shift_right(CELL).saturating_add(kept);
            let output = logistic(o, GATE).high_product(tanh(*c, CELL));
            *h = (i32::from(output.rounding_shift_right(8)).clamp(-128, 127) + ZERO) as u8;
        }
    }
    let joined = joined.into_iter().map(|q| q as u8).collect();
    let data = [Data::U8(made), Data::I16(new), Data::U8(joined), Data::I16(sums)];
    let made = sizes.shapes().into_iter().zip(data);
    let made = made.map(|(shape, data)| Value { shape, data }).collect();
    Ok(basic::with_states(call, made))
}
