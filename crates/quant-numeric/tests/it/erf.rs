//! Tests of `erf`.

use quant_numeric::erf::{erf, erfc_f32};

const GLIBC: &[(u32, u32)] = &[
    (0xc00b_4774, 0x3fff_bba3),
    (0xc00a_62d1, 0x3fff_b6f8),
    (0xc063_574e, 0x3fff_fffc),
    (0xc094_8ee6, 0x4000_0000),
    (0xbf9d_2b73, 0x3ff5_716c),
    (0xbf8b_e17c, 0x3ff0_5ac1),
    (0xbf7b_8700, 0x3fea_ebcc),
    (0xbf93_b162, 0x3ff2_d9f6),
    (0xbebb_582f, 0x3fb2_9503),
    (0x3e63_300b, 0x3f40_f29f),
    (0xbed3_1639, 0x3fb8_5688),
    (0xbf46_12d8, 0x3fdc_f218),
    (0x3f13_ead0, 0x3ed3_e451),
    (0x3ed2_0007, 0x3f0f_d77a),
    (0x3e93_65dd, 0x3f2f_14be),
    (0x3f26_9565, 0x3eb7_0274),
    (0x3f99_5939, 0x3db8_c154),
    (0x3f70_e09e, 0x3e3b_b22d),
    (0x3f99_74d7, 0x3db8_4ac3),
    (0x3f5b_7f05, 0x3e66_b4e4),
    (0x4018_7292, 0x3a46_04d8),
    (0x3fa0_3ee6, 0x3d9c_f914),
    (0x4003_8b62, 0x3b6f_5755),
    (0x3fc9_a04d, 0x3cd4_30c4),
    (0x409b_5d5f, 0x2ce7_f5ff),
    (0x40f9_ecd9, 0x1192_834d),
    (0x40bf_2614, 0x2409_0ee3),
    (0x403c_c08f, 0x37fe_8a0e),
    (0x3214_dac7, 0x3f80_0000),
    (0xb20e_4f26, 0x3f80_0000),
    (0x31ed_082a, 0x3f80_0000),
    (0xb135_9555, 0x3f80_0000),
    // The ends of the pieces and what is beside them.
    (0x3e7f_ffff, 0x3f39_42ac),
    (0x3e80_0000, 0x3f39_42ac),
    (0x3e80_0001, 0x3f39_42ac),
    (0x3f57_ffff, 0x3e6e_5c68),
    (0x3f58_0000, 0x3e6e_5c66),
    (0x3f58_0001, 0x3e6e_5c63),
    (0xbf57_ffff, 0x3fe2_3473),
    (0xbf58_0000, 0x3fe2_3474),
    (0xbf58_0001, 0x3fe2_3474),
    (0x3f9f_ffff, 0x3d9d_e68d),
    (0x3fa0_0000, 0x3d9d_e68a),
    (0x3fa0_0001, 0x3d9d_e686),
    (0xbf9f_ffff, 0x3ff6_2197),
    (0xbfa0_0000, 0x3ff6_2197),
    (0xbfa0_0001, 0x3ff6_2198),
    (0x4036_db6d, 0x385f_9bb8),
    (0x4036_db6e, 0x385f_9ba3),
    (0x4036_db6f, 0x385f_9b8e),
    (0xc036_db6d, 0x3fff_fe41),
    (0xc036_db6e, 0x3fff_fe41),
    (0xc036_db6f, 0x3fff_fe41),
    (0x40bf_ffff, 0x23c6_7c56),
    (0x40c0_0000, 0x23c6_7c0b),
    (0x40c0_0001, 0x23c6_7bbf),
    (0xc0bf_ffff, 0x4000_0000),
    (0xc0c0_0000, 0x4000_0000),
    (0xc0c0_0001, 0x4000_0000),
    (0x411f_ffff, 0x0000_0002),
    (0x4120_0000, 0x0000_0002),
    (0x4120_0001, 0x0000_0001),
];

/// Values that `erfcf` of glibc 2.36 gives, some of them beside the nearest number.
#[test]
fn the_complement_has_the_bits_of_glibc() {
    for &(x, bits) in GLIBC {
        let x = f32::from_bits(x);
        assert_eq!(erfc_f32(x).to_bits(), bits, "{x}");
    }
    let steps = (-700..700).map(|at| at as f32 / 100.0);
    for x in steps.filter(|x| x.abs() < 5.0) {
        let (near, exact) = (f64::from(erfc_f32(x)), 1.0 - erf(f64::from(x)));
        assert!(
            (near - exact).abs() < 2e-7 * exact + 1e-13,
            "{x}: {near}, {exact}"
        );
    }
    assert_eq!([erfc_f32(-9.0), erfc_f32(30.0)], [2.0, 0.0]);
    assert!(erfc_f32(f32::NAN).is_nan());
}

#[test]
fn values_of_the_tables() {
    let rows = [
        (0.0, 0.0),
        (0.1, 0.112_462_916_018_284_9),
        (0.5, 0.520_499_877_813_046_5),
        (1.0, 0.842_700_792_949_714_9),
        (2.0, 0.995_322_265_018_952_7),
        (3.0, 0.999_977_909_503_001_4),
        (f64::INFINITY, 1.0),
    ];
    for (x, y) in rows {
        assert!((erf(x) - y).abs() < 1e-14, "{x}: {}", erf(x));
        assert_eq!(erf(-x), -erf(x));
    }
    assert_eq!(erf(6.1), 1.0);
    assert!(erf(f64::NAN).is_nan());
}
