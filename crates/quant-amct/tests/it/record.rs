//! Record files: real ones byte for byte, and what is refused.

use quant_amct::record::{Entry, Record};

use crate::reference::Tally;

/// Real records are written as they were read.
pub fn all(folder: &std::path::Path) -> Tally {
    let mut files = 0;
    let mut tally = Tally::default();
    for file in std::fs::read_dir(folder.join("record")).expect("record") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a text");
        let record = Record::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        tally.check(record.to_text() == text, || {
            format!("{}: other bytes", path.display())
        });
        files += 1;
        tally.factors += record
            .entries
            .iter()
            .map(|(_, entry)| 1 + entry.scale_w.len())
            .sum::<usize>();
    }
    assert!(files >= 3, "{files} files");
    tally
}

#[test]
fn a_record_says_what_is_wrong_and_where() {
    let layer = |value: &str| format!("record {{\n  key: \"a\"\n  value {{\n    {value}\n  }}\n}}\n");
    let cases = [
        ("rekord {}", "line 1, column 1: `rekord` is no record"),
        ("record { value { } }", "`record` has no key"),
        (&layer("scale_d: nan"), "line 4, column 5: `scale_d` is no scale"),
        (&layer("scale_d: -0.5"), "`scale_d` is no scale"),
        (&layer("scale_d: 0"), "`scale_d` is no scale"),
        (&layer("scale_d: 1e99"), "`scale_d` is no scale"),
        (&layer("scale_d: 1 scale_d: 1"), "`scale_d` stands there twice"),
        (&layer("offset_d: 128"), "`offset_d` is no int8"),
        (&layer("scale_w: 1 offset_w: 3"), "`offset_w` is not 0"),
        (
            &layer("scale_w: 1 scale_w: 1 offset_w: 0"),
            "2 scale_w and 1 offset_w",
        ),
        (&layer("scale_x: 1"), "`scale_x` is no field"),
        (&layer("scale_d { }"), "`scale_d` is a message"),
        (
            &format!("{}{}", layer("scale_d: 1"), layer("scale_d: 1")),
            "twice for `a`",
        ),
        ("record {", "the text ends"),
    ];
    for (text, wanted) in cases {
        let error = Record::read(text).expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn floats_have_six_digits_or_nine() {
    let entry = Entry {
        scale_d: Some(0.023_529_412),
        offset_d: Some(-128),
        scale_w: vec![7.141_655e-5, 1e-6, 1.0, 0.024],
        offset_w: vec![0; 4],
        ..Entry::default()
    };
    let record = Record {
        entries: vec![("net/a".to_owned(), entry)],
    };
    let text = "record {\n  key: \"net/a\"\n  value {\n    scale_d: 0.0235294122\n    offset_d: -128\n    scale_w: 7.14165508e-05\n    \
                scale_w: 1e-06\n    scale_w: 1\n    scale_w: 0.024\n    offset_w: 0\n    offset_w: 0\n    offset_w: 0\n    \
                offset_w: 0\n  }\n}\n";
    assert_eq!(record.to_text(), text);
    assert_eq!(Record::read(text), Ok(record));
}
