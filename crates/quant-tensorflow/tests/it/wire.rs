//! What is read is written again; what is wrong is refused with its place.

use quant_ir::{Bytes, ErrorKind};

use quant_ir::Result;
use quant_tensorflow::limits::MAX_DEPTH;
use quant_tensorflow::message::Message;
use quant_tensorflow::schema::{ATTR_VALUE, GRAPH_DEF, MessageType, NODE_DEF};
use quant_tensorflow::wire::{self, varint, write};

fn read(bytes: &Bytes, of: &'static MessageType) -> Result<Message> {
    wire::read(bytes, of, "freeze it again")
}

fn bytes(bytes: &[u8]) -> Bytes {
    bytes.to_vec().into()
}

#[test]
fn order_and_unknown_fields_survive() {
    // op before name, name's number known, 1000 (varint), 1001 (bytes), 1002 (four), 1003 (eight) not.
    let mut node = vec![0x12, 1, b'A', 0x0a, 1, b'n'];
    for (tag, value) in [
        (1000 << 3, vec![0xac, 2]),
        (1001 << 3 | 2, vec![2, 9, 9]),
        (1002 << 3 | 5, vec![1, 2, 3, 4]),
        (1003 << 3 | 1, vec![1, 2, 3, 4, 5, 6, 7, 8]),
    ] {
        varint(tag, &mut node);
        node.extend(value);
    }
    let message = read(&bytes(&node), &NODE_DEF).unwrap();
    assert_eq!(
        (message.text(1), message.text(2), message.int(1000)),
        ("n", "A", 300)
    );
    assert_eq!(write(&message).unwrap(), node);
}

#[test]
fn numbers_below_zero_and_beyond_32_bits() {
    for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
        let mut out = vec![0x18];
        varint(value, &mut out);
        let message = read(&bytes(&out), &ATTR_VALUE).unwrap();
        assert_eq!(message.int(3), value as i64);
        assert_eq!(write(&message).unwrap(), out);
    }
}

#[test]
fn what_is_no_message_is_refused() {
    let cases: &[(&[u8], &str)] = &[
        (&[0x0a, 5, 0x0a], "a field goes beyond its message"),
        (&[0x0a], "a number does not end"),
        (
            &[0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
            "a number does not end",
        ),
        (&[0x08, 1], "`node` is of wire type 0"),
        (&[0x0a, 3, 0x0a, 1, 0xff], "`name` is not UTF-8"),
        (&[0x0a, 6, 0x0a, 1, b'a', 0x0a, 1, b'b'], "`name` is there twice"),
        (&[0x00], "0 is the number of no field"),
        (&[0x3b], "it has a group, which no graph has"),
        (&[0x3f], "wire type 7 does not exist"),
        // A list of floats of seven bytes, in an attribute.
        (
            &[
                0x0a, 17, 0x2a, 15, 0x0a, 0, 0x12, 11, 0x0a, 9, 0x22, 7, 0, 0, 0, 0, 0, 0, 0,
            ],
            "`f` has 7 bytes of numbers of 4 bytes",
        ),
    ];
    for (input, what) in cases {
        let error = read(&bytes(input), &GRAPH_DEF).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(error.to_string().contains(" at byte "), "{error}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
fn messages_too_deep_are_refused() {
    // An attribute holds a list of functions, whose attributes hold lists of functions …
    let mut inner: Vec<u8> = Vec::new();
    let wrap = |tag: u64, inner: &[u8]| {
        let mut out = Vec::new();
        varint(tag << 3 | 2, &mut out);
        varint(inner.len() as u64, &mut out);
        [out, inner.to_vec()].concat()
    };
    for _ in 0..MAX_DEPTH {
        for tag in [2, 2, 9, 1] {
            inner = wrap(tag, &inner);
        }
    }
    let error = read(&bytes(&inner), &ATTR_VALUE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}
