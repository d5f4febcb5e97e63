//! Which configurations are read, and what is said of the others.

use quant_ai8x::{Bits, Device, parse_network};

const HEAD: &str = "arch: net\ndataset: data\nlayers:\n";

#[test]
fn layers_stand_in_the_order_of_their_numbers() {
    let text = format!(
        "---\n{HEAD}  - {{processors: 0xff, op: mlp, out_offset: 0, quantization: 4}}\n  \
         - {{processors: 1, op: mlp, out_offset: 0, sequence: 7, quantization: BIN}}\n  \
         - {{processors: 1, op: mlp, out_offset: 0, sequence: 3, quantization: 0x2}}\n  \
         - {{processors: 1, operation: None, out_offset: 0x2000}}\n"
    );
    let network = parse_network(&text, Device::Max78000).unwrap();
    let bits: Vec<_> = (0..network.layers()).map(|layer| network.bits(layer)).collect();
    let wanted = [
        Some(Bits::Signed(4)),
        Some(Bits::Signed(2)),
        None,
        Some(Bits::Binary),
    ];
    assert_eq!(bits, wanted);
    assert!(network.warnings.is_empty(), "{:?}", network.warnings);
    let network = parse_network(&format!("{HEAD}  - processors: 1\n"), Device::Max78002).unwrap();
    assert_eq!(network.warnings.len(), 2, "{:?}", network.warnings);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let layer = |rest: &str| format!("{HEAD}  - {{processors: 1{rest}}}\n");
    let many = format!("{HEAD}{}", "  - {processors: 1}\n".repeat(33));
    let deep = "[".repeat(100);
    let rows: &[(&str, &str)] = &[
        ("", "the file is empty"),
        ("a: [", "line "),
        ("- a\n", "line 1: the network is no mapping"),
        ("arch: a\ndataset: b\n", "does not contain `layers`"),
        ("layers: []\ndataset: b\narch: a\n", "no list of layers"),
        ("arch: a\ndataset: b\nlayers: 3\n", "no list of layers"),
        ("arch: a\narch: b\n", "line 2: found duplicate key arch"),
        (
            "archy: a\n",
            "line 1: the configuration contains the unknown key `archy` for the network",
        ),
        (
            &layer(", padding: 1"),
            "line 4: the configuration contains the unknown key `padding` for `layers`",
        ),
        (&layer(", pad: 1, pad: 1"), "line 4: found duplicate key pad"),
        (&layer(", <<: {pad: 1}"), "unknown key `<<`"),
        (
            &layer(", quantization: 3"),
            "must be 1, 2, 4, 8 or bin/binary (found in layer sequence 0",
        ),
        (&layer(", quantization: true"), "must be 1, 2, 4, 8"),
        (&layer(", quantization: '8'"), "must be 1, 2, 4, 8"),
        (&layer(", quantization: 8.5"), "must be 1, 2, 4, 8"),
        (&layer(", sequence: -1"), "no layer number"),
        (&layer(", sequence: 32"), "supports up to 32 layers"),
        (&many, "supports up to 32 layers"),
        (
            &format!("{HEAD}  - op: mlp\n"),
            "`processors` must not be zero or missing",
        ),
        (
            &format!("{}  - {{processors: 1, sequence: 0}}\n", layer("")),
            "line 5: layer was already specified",
        ),
        (
            &format!("{HEAD}  - &a {{processors: 1}}\n  - *a\n"),
            "an alias stands",
        ),
        (&format!("arch: {deep}"), "nest deeper"),
        ("? [a]\n: b\n", "a key is no text"),
    ];
    for (text, part) in rows {
        let error = parse_network(text, Device::Max78000).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{text}\n{error}");
    }
    assert!(parse_network(&format!("{HEAD}  - op: mlp\n"), Device::CmsisNn).is_ok());
    let long = "#".repeat(2 << 20);
    assert!(
        parse_network(&long, Device::Max78000)
            .unwrap_err()
            .to_string()
            .contains("longer")
    );
}
