//! Attributes that are right, and every way to be wrong.

use super::*;

#[test]
fn what_is_shown_is_read_again() {
    for text in [
        "",
        "ignore(\"no kernel: see #4\")",
        "fails(\"rounds half up\") tag(slow, npu_2)",
        "tolerance(scale absolute 1e-5 relative 0.0001, weights steps 1, weights relative 0.001, bias steps 3)",
    ] {
        assert_eq!(Attributes::parse(text).unwrap().to_string(), text);
    }
    let spread = Attributes::parse(" tag ( a ,b )   fails( \" x \" )").unwrap();
    assert_eq!(spread.to_string(), "fails(\"x\") tag(a, b)");
}

#[test]
fn every_wrong_attribute_is_told_with_its_column() {
    for (text, column, wanted) in [
        (
            "ignored(\"x\")",
            1,
            "`ignored(\"x\")` is no attribute; use ignore(\"why\"), fails",
        ),
        ("tag(a) , tag(b)", 8, "`,` is no attribute"),
        ("ignore", 1, "`ignore` has no `(`"),
        (
            "ignore()",
            8,
            "`ignore` has no reason in quotes; write it as ignore(\"why\")",
        ),
        ("ignore(\" \")", 8, "`ignore` has an empty reason"),
        ("ignore(\"x)", 8, "`ignore` has a reason that no quote ends"),
        ("ignore(\"a\tb\")", 8, "`ignore` has a reason with a tab"),
        (
            "fails(\"x\"",
            7,
            "`fails` is not closed with `)` behind its reason",
        ),
        ("fails(\"x\" \"y\")", 7, "`fails` is not closed"),
        ("fails(\"x\") fails(\"y\")", 12, "`fails` stands here twice"),
        ("fails(\"x\") ignore(\"y\")", 12, "an ignored row is not run"),
        ("tag()", 5, "`` is no tag; use small letters"),
        ("tag(Slow)", 5, "`Slow` is no tag"),
        ("tag(a b)", 7, "a comma is missing between tags"),
        ("tag(a, a)", 8, "tag `a` stands here twice"),
        ("tag(a", 1, "`tag` is not closed with `)`"),
        (
            "tolerance()",
            11,
            "`` has no tolerance; use one of scale, zero_point, min, max, weights, bias",
        ),
        ("tolerance(dtype steps 1)", 11, "`dtype` has no tolerance"),
        (
            "tolerance(scale)",
            16,
            "`scale ` is no tolerance; write `scale absolute X`, `scale relative X` or both",
        ),
        (
            "tolerance(scale steps 1)",
            17,
            "`scale steps` is no tolerance; write `scale absolute X`",
        ),
        (
            "tolerance(zero_point relative 1e-3)",
            22,
            "`zero_point relative` is no tolerance; write `zero_point steps N`",
        ),
        (
            "tolerance(scale relative 1)",
            17,
            "`1` is no number between 0 and 1",
        ),
        ("tolerance(min absolute -1)", 15, "`-1` is no number above 0"),
        (
            "tolerance(weights steps 200)",
            19,
            "`200` is no number of steps in 1…127",
        ),
        (
            "tolerance(weights steps 1 relative 1e-3)",
            27,
            "a comma is missing between tolerances",
        ),
        (
            "tolerance(min absolute 1, min relative 0.1)",
            27,
            "`min` stands in tolerance twice",
        ),
    ] {
        let (place, what) = Attributes::read(Cursor::new(text)).unwrap_err();
        assert!(
            place == column && what.starts_with(wanted),
            "{text}: {place} {what}"
        );
        assert!(what.contains("; "), "{what} has no way out");
    }
}
