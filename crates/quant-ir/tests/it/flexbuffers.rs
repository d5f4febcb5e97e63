//! Tests of `flexbuffers`.

use quant_ir::flexbuffers::find;

/// Written by the FlexBuffers builder of PyPI's `flatbuffers`.
const ROWS: &[(&str, &[u8], Option<i64>)] = &[
    // {"axis": 1}
    (
        "axis",
        b"axis\x00\x01\x06\x01\x01\x01\x01\x04\x02\x24\x01",
        Some(1),
    ),
    // {"axis": -1}
    (
        "axis",
        b"axis\x00\x01\x06\x01\x01\x01\xff\x04\x02\x24\x01",
        Some(-1),
    ),
    // {"a": 5, "axis": 2, "zz": "text"}
    ("axis", THREE, Some(2)),
    ("a", THREE, Some(5)),
    ("zz", THREE, None),
    // {"axis": 70000}
    (
        "axis",
        b"axis\0\x01\x06\0\x02\0\0\0\x01\0\0\0\x01\0\0\0\x70\x11\x01\0\x06\x05\x26\x01",
        Some(70000),
    ),
    // {"axis": 1.5}
    (
        "b",
        b"b\0\x01\x03\x01\0\0\0\x01\0\0\0\x01\0\0\0\0\0\xc0\x3f\x0e\x05\x26\x01",
        None,
    ),
    // [1, 2]
    ("axis", b"\x02\x01\x02\x04\x04\x04\x28\x01", None),
    ("i", MANY, Some(-7)),
    ("i", BEHIND, Some(-7)),
];
const THREE: &[u8] = &[
    97, 0, 97, 120, 105, 115, 0, 122, 122, 0, 4, 116, 101, 120, 116, 0, 3, 17, 16, 12, 3, 1, 3, 5, 2, 14, 4,
    4, 20, 6, 36, 1,
];
/// {"d": 0.1, "f": 1.5, "i": -7, "u": [1, 255], "v": [3, -300, 70000]}
const MANY: &[u8] = b"f\x00i\x00v\x00\x00\x00\x03\x00\x00\x00\x03\x00\x00\x00\xd4\xfe\xff\xffp\x11\x01\x00u\x00\
    \x02\x01\xffd\x00\x05\x03! \x0b \x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\
    \x05\x00\x00\x00\x00\x00\x00\x00\x9a\x99\x99\x99\x99\x99\xb9?\x00\x00\x00\x00\x00\x00\xf8?\
    \xf9\xff\xff\xff\xff\xff\xff\xff=\x00\x00\x00\x00\x00\x00\x00T\x00\x00\x00\x00\x00\x00\x00\x0f\x0f\x070.-'\x01";
/// {"f": 2.5, "i": -7}, both at a distance.
const BEHIND: &[u8] = b"f\x00\x00\x00\x00\x00 @i\x00\xf9\x02\x0c\x05\x02\x01\x02\x0d\x08\x22\x18\x04$\x01";

fn int(bytes: &[u8], key: &str) -> Option<i64> {
    find(bytes, key)?.int()
}

/// Whatever the bytes are, there is an answer.
fn ask(bytes: &[u8], key: &str) {
    if let Some(element) = find(bytes, key) {
        let _ = (element.int(), element.float(), element.ints());
    }
}

#[test]
fn integers_of_maps() {
    for (key, bytes, wanted) in ROWS {
        assert_eq!(int(bytes, key), *wanted, "{bytes:?}");
        assert_eq!(int(bytes, "other"), None);
    }
}

#[test]
fn other_numbers_and_vectors() {
    let float = |bytes, key| find(bytes, key)?.float();
    let ints = |bytes, key| find(bytes, key)?.ints();
    assert_eq!(float(MANY, "d"), Some(0.1));
    assert_eq!(float(MANY, "f"), Some(1.5));
    assert_eq!(float(MANY, "i"), Some(-7.0));
    assert_eq!(float(BEHIND, "f"), Some(2.5));
    assert_eq!(float(THREE, "zz"), None);
    assert_eq!(ints(MANY, "u"), Some(vec![1, 255]));
    assert_eq!(ints(MANY, "v"), Some(vec![3, -300, 70000]));
    assert_eq!(ints(MANY, "i"), None);
    assert_eq!(ints(THREE, "zz"), None);
}

#[test]
fn bytes_cut_anywhere_or_changed_end_in_an_answer() {
    let keys = ["d", "f", "i", "u", "v"];
    let more = keys.iter().flat_map(|key| [(*key, MANY), (*key, BEHIND)]);
    for (key, bytes) in ROWS.iter().map(|(key, bytes, _)| (*key, *bytes)).chain(more) {
        for end in 0..bytes.len() {
            ask(&bytes[..end], key);
            let mut changed = bytes.to_vec();
            for byte in [0, 1, 3, 9, 40, 47, 127, 255] {
                changed[end] = byte;
                ask(&changed, key);
            }
        }
    }
}
