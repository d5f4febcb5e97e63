//! STRIDED_SLICE: elements from begin (input 1) to before end (input 2), so many apart (input 3).

use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::STRIDED_SLICE,
    name: "StridedSlice",
    inputs: (4, 4),
    shape,
    eval,
};

/// What one entry of begin, end and strides makes.
struct Piece {
    /// The dimension of the input; `None` adds a dimension of 1.
    source: Option<usize>,
    /// The first index.
    begin: i64,
    /// From one index to the next.
    stride: i64,
    /// Number of indices.
    size: usize,
    /// Whether the output keeps the dimension.
    kept: bool,
}

fn pieces(call: &Call<'_>) -> Result<Vec<Piece>> {
    let options = options::read!(call, StridedSliceOptions);
    let dims = &call.input(0)?.shape;
    let (begin, end, strides) = (call.ints(1)?, call.ints(2)?, call.ints(3)?);
    let wrong = |what: String| {
        Error::new(
            call.place(),
            Problem::Operand(what),
            "give begin, end and a stride that is not 0 for dimensions that are there",
        )
    };
    let bit = |mask: i32, at: usize| at < 32 && mask >> at & 1 == 1;
    let named = (0..begin.len()).filter(|at| !bit(options.ellipsis_mask | options.new_axis_mask, *at));
    let named = named.count();
    let ellipses = (0..begin.len())
        .filter(|at| bit(options.ellipsis_mask, *at))
        .count();
    if end.len() != begin.len() || strides.len() != begin.len() || named > dims.len() || ellipses > 1 {
        return Err(wrong(format!(
            "begin {begin:?}, end {end:?} and strides {strides:?} of shape {dims:?}"
        )));
    }
    let whole = |source: usize| Piece {
        source: Some(source),
        begin: 0,
        stride: 1,
        size: dims[source],
        kept: true,
    };
    let (mut pieces, mut next) = (Vec::new(), 0);
    for at in 0..begin.len() {
        if bit(options.ellipsis_mask, at) {
            pieces.extend((next..next + dims.len() - named).map(whole));
            next += dims.len() - named;
            continue;
        }
        if bit(options.new_axis_mask, at) {
            pieces.push(Piece {
                source: None,
                begin: 0,
                stride: 1,
                size: 1,
                kept: true,
            });
            continue;
        }
        let (dim, stride) = (dims[next] as i64, strides[at]);
        if stride == 0 {
            return Err(wrong(format!("stride 0 of dimension {next}")));
        }
        // Going up, indices end at the dimension; going down, at −1.
        let (low, high) = if stride > 0 { (0, dim) } else { (-1, dim - 1) };
        let from_end = |index: i64| if index < 0 { index + dim } else { index };
        let first = if bit(options.begin_mask, at) {
            if stride > 0 { low } else { high }
        } else {
            from_end(begin[at])
        };
        let piece = if bit(options.shrink_axis_mask, at) {
            if !(0..dim).contains(&first) {
                return Err(wrong(format!("index {} of a dimension of {dim}", begin[at])));
            }
            (first, 1, false)
        } else {
            let first = first.clamp(low, high);
            let last = match (bit(options.end_mask, at), stride > 0) {
                (true, true) => high,
                (true, false) => low,
                _ if options.offset => from_end(end[at].saturating_add(first)).clamp(low, high),
                _ => from_end(end[at]).clamp(low, high),
            };
            let length = if stride > 0 { last - first } else { first - last };
            let length = length.max(0).unsigned_abs();
            (first, length.div_ceil(stride.unsigned_abs()) as usize, true)
        };
        let (begin, size, kept) = piece;
        pieces.push(Piece {
            source: Some(next),
            begin,
            stride,
            size,
            kept,
        });
        next += 1;
    }
    pieces.extend((next..dims.len()).map(whole));
    Ok(pieces)
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let pieces = pieces(call)?;
    let kept = pieces.iter().filter(|piece| piece.kept);
    Ok(vec![kept.map(|piece| piece.size).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, pieces) = (call.input(0)?, pieces(call)?);
    let steps = places::strides(&value.shape);
    let view: Vec<usize> = pieces.iter().map(|piece| piece.size).collect();
    let places = places::cross(&view, |at, i| {
        let piece = &pieces[at];
        let index = piece.begin + i as i64 * piece.stride;
        piece.source.map_or(0, |source| index as usize * steps[source])
    });
    let shape = shape(call)?.swap_remove(0);
    Ok(vec![places::moved(value, shape, places)])
}
