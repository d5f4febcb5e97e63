//! Pickles that are none, or that name what is not there.

use quant_torch::ErrorKind::{Invalid, Limit, Unsupported};
use quant_torch::{Checkpoint, ErrorKind, Object};

use super::check;
use crate::common::zip_of;

#[test]
fn pickles_that_are_none() {
    let deep_tuples = [b"\x80\x02)".to_vec(), vec![0x85; 2000], b".".to_vec()].concat();
    let deep_lists = [
        b"\x80\x02".to_vec(),
        vec![b']'; 2000],
        vec![b'a'; 1999],
        b".".to_vec(),
    ]
    .concat();
    let memo: Vec<u8> = (0..=1u32 << 22)
        .flat_map(|n| [b"r".to_vec(), n.to_le_bytes().to_vec()].concat())
        .collect();
    let memo = [b"\x80\x02N".to_vec(), memo, b".".to_vec()].concat();
    let objects = [b"\x80\x02".to_vec(), vec![b'N'; (1 << 22) + 1], b".".to_vec()].concat();
    let rows: &[(&str, &[u8], ErrorKind, &str)] = &[
        (
            "a call of os.system",
            b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.",
            Invalid,
            "wants to call `posix.system`",
        ),
        (
            "a call of eval",
            b"\x80\x02c__builtin__\neval\nX\x02\x00\x00\x00ls\x85R.",
            Invalid,
            "wants to call `__builtin__.eval`",
        ),
        (
            "a call by names of the stack",
            b"\x80\x04\x8c\x02os\x8c\x06system\x93)R.",
            Invalid,
            "wants to call `os.system`",
        ),
        (
            "a call of an object's method",
            b"\x80\x02cbuiltins\ngetattr\n)R)R.",
            Invalid,
            "builtins.getattr",
        ),
        ("a call of no function", b"\x80\x02N)R.", Invalid, "no function"),
        (
            "a call with no tuple",
            b"\x80\x02ccollections\nOrderedDict\nNR.",
            Invalid,
            "no tuple",
        ),
        (
            "a name of two lines",
            b"\x80\x04\x8c\x04os\nx\x8c\x01y\x93.",
            Invalid,
            "no name",
        ),
        ("an empty stack", b"\x80\x02.", Invalid, "there is none"),
        ("an append to nothing", b"\x80\x02Na.", Invalid, "there is none"),
        ("an append to a dictionary", b"\x80\x02}Na.", Invalid, "no list"),
        ("an item of a list", b"\x80\x02]NNs.", Invalid, "no dictionary"),
        (
            "a key without a value",
            b"\x80\x02}(Nu.",
            Invalid,
            "without a value",
        ),
        ("a state of a list", b"\x80\x02]Nb.", Invalid, "takes none"),
        (
            "two states",
            b"\x80\x02ccollections\nOrderedDict\n)RNbNb.",
            Invalid,
            "takes none",
        ),
        (
            "a mark that is not there",
            b"\x80\x02Nt.",
            Invalid,
            "a mark is wanted",
        ),
        (
            "what lies below a mark",
            b"\x80\x02N(0a.",
            Invalid,
            "there is none",
        ),
        (
            "a memo that was never set",
            b"\x80\x02h\x07.",
            Invalid,
            "memo 7 was never set",
        ),
        (
            "a text of no UTF-8",
            b"\x80\x02X\x01\x00\x00\x00\xff.",
            Invalid,
            "no UTF-8",
        ),
        (
            "a text longer than the file",
            b"\x80\x02X\xff\x00\x00\x00a.",
            Invalid,
            "end in the middle",
        ),
        (
            "a text of 4 EiB",
            b"\x80\x04\x8d\x00\x00\x00\x00\x00\x00\x00\x40a.",
            Limit,
            "a text is too large",
        ),
        (
            "an integer of 2 GB",
            b"\x80\x02\x8b\xff\xff\xff\x7f.",
            Limit,
            "an integer is too large",
        ),
        ("no end", b"\x80\x02N", Invalid, "end in the middle"),
        (
            "no instruction",
            b"\x80\x02\xff.",
            Invalid,
            "0xff is no pickle instruction",
        ),
        ("a protocol of tomorrow", b"\x80\x06N.", Unsupported, "protocol 6"),
        (
            "a protocol of yesterday",
            b"I1\n.",
            Unsupported,
            "protocol 0 or 1",
        ),
        (
            "what lies outside",
            b"\x80\x02\x82\x01.",
            Unsupported,
            "out of the file",
        ),
        ("tuples in tuples", &deep_tuples, Limit, "nest deeper"),
        ("lists in lists", &deep_lists, Limit, "nest deeper"),
        ("a memo of millions", &memo, Limit, "the memo is too large"),
        ("objects without end", &objects, Limit, "objects"),
        (
            "something outside that is no storage",
            b"\x80\x02X\x01\x00\x00\x00aQ.",
            Invalid,
            "no storage",
        ),
    ];
    for (name, pickle, kind, part) in rows {
        check(name, zip_of(pickle, &[]), *kind, part);
    }
}

#[test]
fn a_far_memo_takes_no_room() {
    let checkpoint = Checkpoint::read(zip_of(b"\x80\x02Nr\xff\xff\xff\xffj\xff\xff\xff\xff.", &[])).unwrap();
    assert_eq!(*checkpoint.graph.get(checkpoint.root), Object::None);
}

#[test]
fn classes_are_names_and_survive() {
    // A class that nobody knows, an object of it with a state, and a function that would do harm when called.
    let pickle = b"\x80\x02cmine\nUnknown\nq\x00h\x00)\x81q\x01}q\x02X\x01\x00\x00\x00aq\x03K\x01sbcposix\nsystem\nq\x04\x87q\x05.";
    let bytes = zip_of(pickle, &[]);
    let mut back = Vec::new();
    Checkpoint::read(bytes).unwrap().write(&mut back).unwrap();
    assert!(back.windows(pickle.len()).any(|window| window == pickle));
}
