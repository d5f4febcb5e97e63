//! Tests of `fixed::table`.

use quant_numeric::fixed::table::{Side, look_up_16, of_8_bits, of_16_bits};

#[test]
fn tables_of_8_bits_hold_the_function() {
    let input = Side {
        scale: 0.1,
        zero_point: 3,
    };
    let output = Side {
        scale: 1.0 / 256.0,
        zero_point: -128,
    };
    let table = of_8_bits(input, output, -128, |x| 1.0 / (1.0 + (-x).exp()));
    assert_eq!((table[131], table[0], table[255]), (0, -128, 128 - 1));
    let table = of_8_bits(
        input,
        Side {
            scale: 1.0,
            zero_point: 0,
        },
        0,
        |x| x,
    );
    // 0.5 is a half, away from zero; below zero there is nothing.
    assert_eq!((table[8], table[7], table[0]), (1, 0, 0));
}

#[test]
fn tables_of_16_bits_are_linear_between_samples() {
    let scale = 8.0 / 32768.0;
    let table = of_16_bits((scale, 0), (1.0 / 32768.0, 0), f32::tanh);
    for q in (i16::MIN..=i16::MAX).step_by(13) {
        let wanted = (f32::from(q) * scale).tanh() * 32768.0;
        let made = f32::from(look_up_16(&table, q));
        // The steps are 65535/65536 of the range that the look-up takes them for.
        assert!((made - wanted).abs() < 7.0, "{q}: {made} {wanted}");
    }
    assert_eq!(look_up_16(&table, 0), table[256]);
}
