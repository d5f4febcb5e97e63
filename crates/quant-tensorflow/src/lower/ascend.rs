//! Nodes that Ascend's AMCT puts into a graph. A graph with them still computes in floats, on whole numbers.

use quant_ir::{Builtin, DType, Options, Problem, Result, TensorId};

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// AscendQuant: `clamp(round(x · scale) + offset) − offset`, a custom operator whose options are scale and offset as floats
/// and the number of bits, little endian.
pub(super) fn quant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let (scale, offset) = (op.float("scale", 1.0)?, op.float("offset", 0.0)?);
    let bits = match (op.int("quant_bits", 0)?, op.text("dst_type", "INT8")?.as_str()) {
        (bits @ (4 | 8), _) => op.fit("quant_bits", bits)?,
        (0, "INT8") => 8,
        (0, "INT4") => 4,
        (bits, to) => {
            let problem = Problem::Option(format!("`quant_bits` is {bits}, `dst_type` {to}"));
            return Err(op.error(problem, "4 and 8 bits are known"));
        }
    };
    let options = [scale.to_le_bytes(), offset.to_le_bytes(), bits.to_le_bytes()].concat();
    let name = op.result_name(input.channels_last);
    let id = op
        .builder
        .emit_custom("AscendQuant", &[input.id], options, &name)?;
    Ok(vec![op.result(id, input.channels_last)])
}

/// AscendWeightQuant: integers without their offset, as floats.
pub(super) fn weight_quant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let mut parts = Vec::new();
    for (index, part) in [(0, "integers"), (1, "offset")] {
        let floats: Result<Vec<f32>, _> = op
            .ints(index)?
            .into_iter()
            .map(|value| i16::try_from(value).map(f32::from))
            .collect();
        let floats =
            floats.map_err(|_| op.error(Problem::Operand("weights of more than 8 bits".into()), ""))?;
        let id = op.input(index)?;
        let shape = op.builder.shape(id);
        let name = op.part(part);
        parts.push(op.builder.floats(&name, &shape, &floats)?);
    }
    let options = options!(SubOptions: SubOptionsT {});
    let name = op.name();
    Ok(plain(op.builder.emit(
        Builtin::SUB,
        &parts,
        options,
        &name,
        DType::Float32,
    )?))
}

/// AscendDequant: `⌊x · area / 2ⁿ⌋ · scale · 2ⁿ / area`, scale and n in a word of 64 bits for each channel, the area that of
/// an average's window; without rounding where all n are 0.
#[allow(clippy::arithmetic_side_effects)] // floats
pub(super) fn dequant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let image = op.image(0)?;
    let words = op.input(1)?;
    let bytes = op.builder.bytes(words).unwrap_or_default();
    let words: &[[u8; 8]] = bytes.as_chunks().0;
    let scale = |[a, b, c, d, ..]: &[u8; 8]| f32::from_le_bytes([*a, *b, *c, *d]);
    let power = |[_, _, _, _, n, ..]: &[u8; 8]| 2f32.powi(i32::from(*n));
    let scales: Vec<f32> = words.iter().map(scale).collect();
    let powers: Vec<f32> = words.iter().map(power).collect();
    if scales.is_empty() {
        let problem = Problem::Parameters("its scales are no constant of 64-bit words".into());
        return Err(op.error(problem, "give a constant"));
    }
    let window = op.list("ksize")?;
    let area: i64 = window.iter().copied().fold(1, i64::saturating_mul);
    let area = f32::from(u16::try_from(area).unwrap_or(u16::MAX));
    let shifts = powers.iter().any(|power| *power != 1.0);
    let mut id = image;
    if area != 1.0 {
        id = times(op, id, &[area], "sum")?;
    }
    if shifts {
        let parts: Vec<f32> = powers.iter().map(|power| 1.0 / power).collect();
        id = times(op, id, &parts, "shifted")?;
        let name = op.part("whole");
        id = op
            .builder
            .emit(Builtin::FLOOR, &[id], Options::default(), &name, DType::Float32)?;
    }
    if area == 1.0 && !shifts {
        return last(op, Builtin::MUL, id, &scales);
    }
    id = times(op, id, &scales, "scaled")?;
    if shifts && area != 1.0 {
        id = times(op, id, &powers, "restored")?;
    }
    if area == 1.0 {
        last(op, Builtin::MUL, id, &powers)
    } else {
        last(op, Builtin::DIV, id, &[area])
    }
}

/// One number for all, or one for each channel.
fn factors(op: &mut Op<'_>, factors: &[f32]) -> Result<TensorId> {
    let shape = if factors.len() == 1 {
        vec![]
    } else {
        vec![factors.len()]
    };
    let name = op.part("factor");
    op.builder.floats(&name, &shape, factors)
}

fn times(op: &mut Op<'_>, id: TensorId, by: &[f32], part: &str) -> Result<TensorId> {
    let by = factors(op, by)?;
    let options = options!(MulOptions: MulOptionsT {});
    let name = op.part(part);
    op.builder
        .emit(Builtin::MUL, &[id, by], options, &name, DType::Float32)
}

fn last(op: &mut Op<'_>, builtin: Builtin, id: TensorId, by: &[f32]) -> Result<Vec<Stored>> {
    let by = factors(op, by)?;
    let options = if builtin == Builtin::DIV {
        options!(DivOptions: DivOptionsT {})
    } else {
        options!(MulOptions: MulOptionsT {})
    };
    op.emit_image(builtin, &[id, by], options, DType::Float32)
}

/// AscendAntiQuant: `x · scale`.
pub(super) fn anti_quant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.stored(0)?;
    let scale = op.float("scale", 1.0)?;
    let name = op.part("scale");
    let scale = op.builder.floats(&name, &[], &[scale])?;
    let name = op.result_name(input.channels_last);
    let options = options!(MulOptions: MulOptionsT {});
    let id = op
        .builder
        .emit(Builtin::MUL, &[input.id, scale], options, &name, DType::Float32)?;
    Ok(vec![op.result(id, input.channels_last)])
}
