//! All forms of the text, and places of errors.

use super::{Field, Scalar, Value, general, quoted, read, single};

fn words<'a>(fields: &'a [Field<'a>]) -> Vec<(&'a str, &'a str)> {
    let word = |field: &'a Field<'a>| field.scalar().unwrap().word().unwrap();
    fields.iter().map(|field| (field.name, word(field))).collect()
}

#[test]
fn separators_comments_lists_and_signs() {
    let fields = read("# first\na: 1, b: -2;c:[x,y , z] d: - 3 e: [] f : 1e-5 # end").unwrap();
    let expected = [
        ("a", "1"),
        ("b", "-2"),
        ("c", "x"),
        ("c", "y"),
        ("c", "z"),
        ("d", "-3"),
        ("f", "1e-5"),
    ];
    assert_eq!(words(&fields), expected);
}

#[test]
fn messages_in_all_forms() {
    for text in [
        "a { b: 1 }",
        "a: { b: 1 }",
        "a : <b: 1>",
        "a<b:1;>",
        "a: [{b: 1}]",
        "a [{b: 1}]",
        "\u{feff}a{b:1},",
    ] {
        let fields = read(text).unwrap();
        assert_eq!(words(fields[0].message().unwrap()), [("b", "1")], "{text}");
    }
    assert!(read("").unwrap().is_empty());
}

#[test]
fn strings_with_escapes() {
    let value = |text: &str| match read(&format!("s: {text}")).unwrap().remove(0).value {
        Value::Scalar(Scalar::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#""a" 'b"' "c""#), b"ab\"c");
    assert_eq!(value(r"'\n\r\t\\\'\a\b\f\v\?'"), b"\n\r\t\\'\x07\x08\x0c\x0b?");
    assert_eq!(value(r"'\1\12\377\0018'"), b"\x01\x0a\xff\x018");
    assert_eq!(value(r"'\x4\x41g\u00e9\U0001F600'"), "\x04Agé😀".as_bytes());
    assert_eq!(value("'é'"), "é".as_bytes());
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(value(&quoted(&all)), all);
}

#[test]
fn numbers() {
    let scalar = |word: &'static str| Scalar::Word(word.into());
    assert_eq!(
        (scalar("-0x10").int(), scalar("017").int(), scalar("0").int()),
        (Some(-16), Some(15), Some(0))
    );
    assert_eq!(
        (scalar("--1").int(), scalar("0x").int(), scalar("-").int()),
        (None, None, None)
    );
    assert_eq!(
        (scalar("1_0").int(), scalar("08").int(), scalar("+1").int()),
        (None, None, None)
    );
    assert_eq!(
        (scalar("-1").uint(), scalar("18446744073709551615").uint()),
        (None, Some(u64::MAX))
    );
    assert_eq!(
        (scalar("0.1f").single(), scalar("-inf").single()),
        (Some(0.1), Some(f32::NEG_INFINITY))
    );
    assert!(scalar("nan").single().unwrap().is_nan());
    assert_eq!(
        (
            scalar("one").single(),
            scalar("1x").single(),
            scalar("f").double()
        ),
        (None, None, None)
    );
    assert_eq!(
        (scalar("t").bool(), scalar("False").bool(), scalar("yes").bool()),
        (Some(true), Some(false), None)
    );
}

/// As Python's `'%.*g' % (digits, value)` has it.
#[test]
fn floats_as_c_prints_them() {
    for (value, digits, expected) in [
        (0.024, 6, "0.024"),
        (1e-6, 6, "1e-06"),
        (0.0001, 6, "0.0001"),
        (123_456.0, 6, "123456"),
        (1_234_567.0, 6, "1.23457e+06"),
        (999_999.5, 6, "1e+06"),
        (0.0, 6, "0"),
        (-1.5, 6, "-1.5"),
        (1e100, 17, "1e+100"),
        (f64::from(0.023_529_412f32), 9, "0.0235294122"),
    ] {
        assert_eq!(general(value, digits), expected);
    }
    for (value, expected) in [
        (0.1f32, "0.1"),
        (1e-6, "1e-06"),
        (0.999_999, "0.999999"),
        (7.141_655e-5, "7.14165508e-05"),
        (f32::MAX, "3.40282347e+38"),
        (-0.0, "-0"),
    ] {
        assert_eq!(single(value), expected);
    }
}

#[test]
fn errors_say_where() {
    for (text, error) in [
        ("a: 1\n  b c", "line 2, column 5: `c` is not expected here"),
        (
            "a {\n b: 1",
            "line 2, column 6: the text ends where `}` is wanted",
        ),
        ("a: \"x", "line 1, column 4: a string does not end in its line"),
        ("a: '\\q'", "line 1, column 4: the escape `\\q` is unknown"),
        ("é: 1", "line 1, column 1: `é` has no meaning here"),
        ("a: [1 2]", "line 1, column 7: `2` is not expected here"),
        ("a: -'x'", "line 1, column 5: a string is not expected here"),
        ("[a.b]: 1", "line 1, column 1: a field has a name in brackets"),
        ("a:", "line 1, column 3: the text ends too early"),
        ("a: '\\400'", "line 1, column 4: `\\400` is no byte"),
        ("a: '\\ud800'", "line 1, column 4: `\\ud800` is no character"),
    ] {
        let found = read(text).unwrap_err().to_string();
        assert!(found.starts_with(error), "{found}");
    }
    let deep = "a{".repeat(100_000);
    assert!(read(&deep).unwrap_err().to_string().contains("within each other"));
}
