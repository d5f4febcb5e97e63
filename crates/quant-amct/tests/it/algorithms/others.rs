//! Weights, ranges, bias, similarity, and the grid of fake quantization.

use quant_amct::algorithm::arq::{self, Channels};
use quant_amct::algorithm::nudge::Grid;
use quant_amct::algorithm::{Bits, Factors, bias, similarity};
use serde_json::Value;

use super::bits;
use crate::reference::{Npy, Tally, f32_of, f32s};

pub(super) fn arq_case(folder: &std::path::Path, case: &Value, tally: &mut Tally) {
    let label = || {
        format!(
            "arq {} {} bits, channels {}",
            case["case"], case["num_bits"], case["channel_wise"]
        )
    };
    let weights = Npy::read(&folder.join(case["weights"].as_str().expect("weights")));
    let layout = if case["channel_wise"] == true {
        Channels::of(
            &weights.shape,
            case["out_channel_axis"].as_u64().expect("axis") as usize,
        )
    } else {
        Channels::TENSOR
    };
    let values = weights.f32s();
    let scales = arq::scales(&values, layout, bits(case));
    tally.check(scales == f32s(&case["scale"]), || {
        format!("{}: {scales:?} {}", label(), case["scale"])
    });
    let integers = arq::quantize(&values, &scales, layout, bits(case));
    let theirs: Vec<i8> = case["quantized"]
        .as_array()
        .expect("quantized")
        .iter()
        .map(|x| x.as_i64().expect("an integer") as i8)
        .collect();
    tally.check(integers == theirs, || format!("{}: integers", label()));
    if case["fake"].is_array() {
        let fake = arq::dequantize(&integers, &scales, layout);
        tally.check(fake == f32s(&case["fake"]), || {
            format!("{}: fake-quantized values", label())
        });
    }
}

pub(super) fn minmax_case(_: &std::path::Path, case: &Value, tally: &mut Tally) {
    let bits = match case["type"].as_str() {
        Some("INT4") => Bits::INT4,
        Some("INT8") => Bits::INT8,
        _ => Bits::INT16,
    };
    let asymmetric = case["asymmetric"].as_bool().expect("asymmetric");
    let found = Factors::of_range(f32_of(&case["max"]), f32_of(&case["min"]), asymmetric, bits);
    let same = found.scale == f32_of(&case["scale"])
        && i64::from(found.offset) == case["offset"].as_i64().expect("offset");
    tally.check(same, || format!("minmax {case}: {found:?}"));
}

pub(super) fn bias_case(_: &std::path::Path, case: &Value, tally: &mut Tally) {
    let (scale_d, scale_w) = (f32_of(&case["scale_d"]), f32s(&case["scale_w"]));
    let found = bias::quantize(&f32s(&case["bias"]), scale_d, &scale_w);
    let Some(theirs) = case["bias_int32"].as_array() else {
        let same = found
            .as_ref()
            .err()
            .is_some_and(|e| e.to_string().contains("Do bias quantize failed."));
        return tally.check(same, || format!("bias {case}: {found:?}"));
    };
    let theirs: Vec<i32> = theirs
        .iter()
        .map(|x| x.as_i64().expect("an integer") as i32)
        .collect();
    tally.check(found == Ok(theirs), || format!("bias {case}: {found:?}"));
    let scales = bias::dequant_scales(scale_d, &scale_w);
    tally.check(scales == f32s(&case["deq_scale"]), || {
        format!("deq_scale {case}: {scales:?}")
    });
    let words = scales.iter().map(|&s| bias::dequant_word(s, 0).to_string());
    let theirs = case["deq_param_u64"].as_array().expect("words");
    tally.check(
        words.eq(theirs.iter().map(|w| w.as_str().expect("a word"))),
        || format!("words {case}"),
    );
    let s19: Vec<f32> = scales.iter().map(|&s| bias::s19(s)).collect();
    tally.check(s19 == f32s(&case["deq_scale_s19"]), || {
        format!("s19 {case}: {s19:?}")
    });
}

pub(super) fn similarity_case(_: &std::path::Path, case: &Value, tally: &mut Tally) {
    let (a, b) = (f32s(&case["original"]), f32s(&case["quantized"]));
    let found = [
        ("similarity", similarity::cosine(&a, &b)),
        ("mse", similarity::distance(&a, &b)),
        ("mse_normalized", similarity::normalized_distance(&a, &b)),
    ];
    for (key, mine) in found {
        // The original's sums are f32.
        let theirs = case[key].as_f64().expect(key);
        let limit = if key == "similarity" { 5e-7 } else { 1e-5 * theirs };
        tally.check((mine - theirs).abs() <= limit, || {
            format!("{key}: {mine} {theirs}")
        });
    }
}

pub(super) fn nudge_case(_: &std::path::Path, case: &Value, tally: &mut Tally) {
    let label = || {
        format!(
            "fake quant {} {} {} {}",
            case["min"], case["max"], case["num_bits"], case["narrow_range"]
        )
    };
    let narrow = case["narrow_range"].as_bool().expect("narrow_range");
    let Some(grid) = Grid::nudged(f32_of(&case["min"]), f32_of(&case["max"]), bits(case), narrow) else {
        return tally.check(false, || format!("{}: no grid", label()));
    };
    let scale = f32_of(&case["derived_scale"]);
    tally.check(
        grid.scale == scale
            && i64::from(grid.zero_point) == case["derived_zero_point"].as_i64().expect("zero point"),
        || format!("{}: {grid:?} for {scale} {}", label(), case["derived_zero_point"]),
    );
    for (x, y) in f32s(&case["x"]).into_iter().zip(f32s(&case["y"])) {
        let mine = grid.value(x);
        tally.check((mine - y).abs() <= 1e-6 * (1.0 + y.abs()), || {
            format!("{}: {x} is {mine}, not {y}", label())
        });
    }
}
