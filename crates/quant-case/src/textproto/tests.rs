//! Every form of a field, and errors with their places.

use super::*;

#[test]
fn every_form_of_a_field() {
    let fields = parse("a: 1 # note\nb { c: \"x\" 'y' }\nd: [-1, 2.5e3];e:{}").unwrap();
    let names: Vec<_> = fields
        .iter()
        .map(|f| (f.name.as_str(), f.pos.line, f.pos.column))
        .collect();
    assert_eq!(
        names,
        [("a", 1, 1), ("b", 2, 1), ("d", 3, 1), ("d", 3, 1), ("e", 3, 16)]
    );
    assert_eq!(fields[3].value, Value::Word("2.5e3".into()));
    let Value::Message(inner) = &fields[1].value else {
        panic!("{fields:?}")
    };
    assert_eq!(inner[0].value, Value::Text("xy".into()));
}

#[test]
fn errors_name_the_place() {
    let rows = [
        (
            "a {\n  b: 1\n",
            "3:1: the text ends inside a message; close it with `}`",
        ),
        ("a 1", "1:3: `a` needs `:` and a value, or `{`"),
        ("a: \"x\n", "2:1: the string is not closed with \""),
        ("a: [1 2]", "1:7: a list goes on with `,` or ends with `]`"),
        ("a: ", "1:4: `a:` needs a value"),
        ("}", "1:1: `}` stands where a field name should"),
        (
            "\u{feff}a: 1",
            "1:1: `\\u{feff}` stands where a field name should",
        ),
        ("\0", "1:1: `\\0` stands where a field name should"),
        ("'", "1:1: `'` stands where a field name should"),
    ];
    for (text, error) in rows {
        assert_eq!(parse(text).unwrap_err().to_string(), error, "{text:?}");
    }
    assert!(
        parse(&"a {".repeat(100))
            .unwrap_err()
            .what
            .contains("nested deeper")
    );
}
