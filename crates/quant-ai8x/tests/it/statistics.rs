//! Sums, means, deviations and quantiles equal torch's to the last bit (`tools/make_statistics.py`), and each fast
//! one its naive twin within what rounding allows.

use quant_ai8x::statistics;
use serde_json::Value;

/// The elements that the script makes.
fn elements(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = (state * 1_103_515_245 + 12345) % (1 << 31);
        let x = state as f32 / (1u32 << 30) as f32 - 1.0;
        x * x * x
    };
    (0..count).map(next).collect()
}

#[test]
fn statistics_are_those_of_torch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/statistics.json");
    let rows: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 20);
    let bits = |value: &Value| value.as_u64().unwrap() as u32;
    for row in rows {
        let count = row["count"].as_u64().unwrap();
        let x = elements(count as usize, count);
        assert_eq!(statistics::sum(&x).to_bits(), bits(&row["sum"]), "sum of {count}");
        assert_eq!(
            statistics::mean(&x).to_bits(),
            bits(&row["mean"]),
            "mean of {count}"
        );
        if count > 1 {
            assert_eq!(statistics::std(&x).to_bits(), bits(&row["std"]), "std of {count}");
        }
        for pair in row["quantiles"].as_array().unwrap() {
            let q = f32::from_bits(bits(&pair[0]));
            let sizes = x.iter().map(|x| x.abs()).collect();
            let got = statistics::quantile(sizes, q).unwrap();
            assert_eq!(got.to_bits(), bits(&pair[1]), "quantile {q} of {count}");
        }
        let exact: f64 = x.iter().copied().map(f64::from).sum();
        assert!(
            (f64::from(statistics::sum(&x)) - exact).abs() < 1e-3 * (1.0 + exact.abs()),
            "{count}"
        );
    }
}

#[test]
fn clip_sizes() {
    // Two rows: minima -3 and -1, maxima 1 and 2.
    let x = [-3.0, 1.0, 2.0, -1.0];
    assert_eq!(statistics::avg_max(&x, 2), 2.0);
    assert_eq!(statistics::max_max(&x), 3.0);
    // Mean -0.25 and deviation 2.2173557: the lower end, -2.4673557, lies inside.
    assert_eq!(statistics::mean_n_stds_max_abs(&x, 1.0), 2.467_355_7);
    assert_eq!(statistics::mean_n_stds_max_abs(&x, 9.0), 3.0);
    for q in [-0.1, 1.1, f32::NAN] {
        assert!(statistics::quantile(vec![1.0], q).is_err());
    }
}
