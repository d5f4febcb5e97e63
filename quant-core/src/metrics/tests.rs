//! Metrics against numbers that NumPy computed.

use super::*;

/// Three records of six elements; the second has an interval of 0, the first an element of 0.
const A: [[f64; 6]; 3] = [
    [0.5, -1.25, 2.0, 0.0, 3.5, -0.75],
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [4.0, -2.0, 0.25, 8.0, -1.5, 2.5],
];
const B: [[f64; 6]; 3] = [
    [0.625, -1.0, 2.25, 0.125, 3.0, -0.75],
    [1.0, 1.25, 1.0, 0.5, 1.0, 1.0],
    [3.75, -2.5, 0.5, 2.0, -1.0, 3.0],
];

fn errors() -> Errors {
    let mut errors = Errors::default();
    for (a, b) in A.iter().zip(&B) {
        errors.add(&Sample::of(a, b));
    }
    errors
}

#[track_caller]
fn near(found: Option<f64>, wanted: f64) {
    let found = found.unwrap();
    assert!(
        (found - wanted).abs() <= 1e-13 * wanted.abs(),
        "{found} instead of {wanted}"
    );
}

/// With `d = np.abs(a - b)`, `i = a.max(1) - a.min(1)` and `top(x, k) = set(np.argsort(-x, kind="stable")[:k])`.
#[test]
fn numpy_agrees() {
    let errors = errors();
    // d.mean(1).mean()
    near(errors.metric(Metric::Mae), 0.555_555_555_555_555_5);
    // (d**2).mean(1).mean()
    near(errors.metric(Metric::Mse), 2.088_541_666_666_666_5);
    // np.mean([100 * (d[r][a[r] != 0] / np.abs(a[r][a[r] != 0])).mean() for r in range(3)])
    near(errors.metric(Metric::Mape), 23.373_677_248_677_25);
    // (d.max(1) / np.where(i == 0, 1, i)).mean()
    near(errors.metric(Metric::Mpeir), 0.401_754_385_964_912_25);
    // (d.max(1) / (i + 1e-6)).mean()
    near(errors.relaxed_mpeir(), 166_666.901_754_358_58);
    // d.sum(1).mean()
    near(errors.tae(), 3.333_333_333_333_333_5);
    // ((a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))).mean()
    near(errors.cosine(), 0.920_843_512_787_756_4);
    // 10 * np.log10((a**2).sum() / (d**2).sum())
    near(errors.sqnr(), 4.937_656_403_878_742);
    // np.mean([len(top(a[r], k) & top(b[r], k)) / k for r in range(3)])
    near(errors.metric(Metric::Top1), 0.333_333_333_333_333_3);
    near(errors.metric(Metric::Top5), 0.933_333_333_333_333_2);
    assert_eq!((errors.records, errors.elements), (3, 18));
}

#[test]
fn corners() {
    let of = |a: &[f64], b: &[f64]| {
        let mut errors = Errors::default();
        errors.add(&Sample::of(a, b));
        errors
    };
    let same = of(&[0.0, 0.0], &[0.0, 0.0]);
    assert_eq!(same.metric(Metric::Mape), None);
    assert_eq!(same.sqnr(), None);
    assert_eq!((same.cosine(), same.metric(Metric::Top5)), (Some(1.0), None));
    let exact = of(&[1.0, f64::INFINITY], &[1.0, f64::INFINITY]);
    assert_eq!(exact.metric(Metric::Mae), Some(0.0));
    assert_eq!(of(&[1.0, 2.0], &[1.0, 2.0]).sqnr(), Some(f64::INFINITY));
    assert_eq!(of(&[0.0, 2.0], &[0.0, 0.0]).cosine(), Some(0.0));
    let nan = of(&[1.0, f64::NAN], &[1.0, 2.0]);
    for metric in [Metric::Mae, Metric::Mse, Metric::Mpeir, Metric::Mape] {
        assert!(nan.metric(metric).unwrap().is_nan(), "{metric}");
    }
    assert_eq!(Errors::default().metric(Metric::Mae), None);
}

#[test]
fn outputs_of_a_model() {
    let mut small = Errors::default();
    small.add(&Sample::of(&[1.0], &[2.0]));
    let mut large = Errors::default();
    large.add(&Sample::of(&[1.0; 3], &[1.0; 3]));
    // As one tensor of four elements; and the mean of two outputs.
    assert_eq!(of_outputs(&[small, large], Metric::Mae), Some(0.25));
    assert_eq!(of_outputs(&[small, large], Metric::Mpeir), Some(0.5));
    assert_eq!(of_outputs(&[small, large], Metric::Top5), None);
    assert_eq!(of_outputs(&[], Metric::Mae), None);
}

#[test]
fn words() {
    for metric in Metric::ALL {
        assert_eq!(metric.word().parse(), Ok(metric));
    }
    assert_eq!(
        "rmse".parse::<Metric>().unwrap_err().to_string(),
        "`rmse` is none of mae, mape, mpeir, mse, top1, top5"
    );
}
