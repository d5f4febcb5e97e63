//! Files that want something: each ends in one clear error.

mod common;

use common::{archive, pickle_of, zip_of};
use quant_torch::{Checkpoint, ErrorKind, Object};

/// The error of a file.
fn refused(bytes: Vec<u8>) -> (ErrorKind, String) {
    match Checkpoint::read(bytes) {
        Ok(_) => panic!("the file was read"),
        Err(error) => (error.kind(), error.to_string()),
    }
}

fn check(name: &str, bytes: Vec<u8>, kind: ErrorKind, part: &str) {
    let (got, text) = refused(bytes);
    assert!(got == kind && text.contains(part), "{name}: {got:?} {text}");
    assert!(!text.contains('\n') && text.contains("; "), "{name}: {text}");
}

use ErrorKind::{Invalid, Limit, Unsupported};

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

#[test]
fn tensors_that_are_none() {
    let storage = ("archive/data/0", &[0u8; 8][..]);
    let rows: &[(&str, Vec<u8>, ErrorKind, &str)] = &[
        (
            "a storage that is too short",
            pickle_of("FloatStorage", 3, (0, &[3], &[1])),
            Invalid,
            "8 bytes instead of 12",
        ),
        (
            "a storage of many bytes",
            pickle_of("FloatStorage", i64::MAX, (0, &[1], &[1])),
            Invalid,
            "too many elements",
        ),
        (
            "a storage of a negative count",
            pickle_of("FloatStorage", -1, (0, &[1], &[1])),
            Invalid,
            "no count",
        ),
        (
            "a storage of an unknown class",
            pickle_of("WideStorage", 2, (0, &[1], &[1])),
            Unsupported,
            "torch.WideStorage",
        ),
        (
            "too many elements",
            pickle_of("FloatStorage", 2, (0, &[3], &[1])),
            Invalid,
            "looks beyond",
        ),
        (
            "a late begin",
            pickle_of("FloatStorage", 2, (2, &[1], &[1])),
            Invalid,
            "looks beyond",
        ),
        (
            "a wide stride",
            pickle_of("FloatStorage", 2, (0, &[2], &[i64::MAX])),
            Invalid,
            "looks beyond",
        ),
        (
            "wide strides",
            pickle_of("FloatStorage", 2, (0, &[i64::MAX, 3], &[i64::MAX, 9])),
            Invalid,
            "looks beyond",
        ),
        (
            "a negative stride",
            pickle_of("FloatStorage", 2, (1, &[2], &[-1])),
            Invalid,
            "no numbers",
        ),
        (
            "a negative size",
            pickle_of("FloatStorage", 2, (0, &[-2], &[1])),
            Invalid,
            "no numbers",
        ),
        (
            "a stride too many",
            pickle_of("FloatStorage", 2, (0, &[2], &[1, 1])),
            Invalid,
            "go together",
        ),
        (
            "65 dimensions",
            pickle_of("FloatStorage", 2, (0, &[1; 65], &[1; 65])),
            Invalid,
            "too many",
        ),
    ];
    for (name, pickle, kind, part) in rows {
        check(name, zip_of(pickle, &[storage]), *kind, part);
    }
    let pickle = pickle_of("FloatStorage", 2, (0, &[2], &[1]));
    check(
        "no storage",
        zip_of(&pickle, &[]),
        Invalid,
        "storage 0: it is not in the file",
    );
    let lies = pickle_of("FloatStorage", 2, (0, &[1 << 20, 1 << 20], &[0, 0]));
    let wide = Checkpoint::read(zip_of(&lies, &[storage])).unwrap();
    let error = wide.tensor(wide.root).unwrap().read_f32().unwrap_err();
    assert!(error.kind() == Limit, "{error}");
}

#[test]
fn archives_that_lead_elsewhere() {
    let pickle = ("archive/data.pkl", &b"\x80\x02N."[..], 0);
    let rows = [
        (
            "a way up",
            vec![pickle, ("archive/../../etc/passwd", b"x", 0)],
            Invalid,
            "leads out",
        ),
        (
            "a way from the root",
            vec![pickle, ("/etc/passwd", b"x", 0)],
            Invalid,
            "leads out",
        ),
        (
            "a way of Windows",
            vec![pickle, ("archive\\..\\x", b"x", 0)],
            Invalid,
            "leads out",
        ),
        (
            "another folder",
            vec![pickle, ("elsewhere/x", b"x", 0)],
            Invalid,
            "outside of `archive`",
        ),
        ("two of one name", vec![pickle, pickle], Invalid, "two entries"),
        (
            "compression",
            vec![pickle, ("archive/data/0", b"x", 8)],
            Unsupported,
            "compressed",
        ),
        (
            "no pickle",
            vec![("archive/version", b"3\n", 0)],
            Invalid,
            "no data.pkl",
        ),
        (
            "a program",
            vec![pickle, ("archive/code/a.py", b"x", 0)],
            Unsupported,
            "TorchScript",
        ),
        (
            "the other byte order",
            vec![pickle, ("archive/byteorder", b"big", 0)],
            Unsupported,
            "big-endian",
        ),
        ("nothing", vec![], Invalid, "no data.pkl"),
    ];
    for (name, entries, kind, part) in rows {
        check(name, archive(&entries), kind, part);
    }
    check(
        "no archive",
        b"hello, this is text".to_vec(),
        Invalid,
        "no PyTorch checkpoint",
    );
    check("an empty file", Vec::new(), Invalid, "no PyTorch checkpoint");
}

#[test]
fn a_changed_storage_is_told() {
    let pickle = pickle_of("FloatStorage", 2, (0, &[2], &[1]));
    let mut bytes = zip_of(&pickle, &[("archive/data/0", &[7; 8])]);
    let place = bytes.windows(8).position(|window| window == [7; 8]).unwrap();
    bytes[place] = 8;
    let checkpoint = Checkpoint::read(bytes).unwrap();
    let error = checkpoint
        .tensor(checkpoint.root)
        .unwrap()
        .read_f32()
        .unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
    let error = checkpoint.write(&mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

/// Reads a file as a program would: everything in it.
fn use_all(bytes: Vec<u8>) -> bool {
    let Ok(checkpoint) = Checkpoint::read(bytes) else {
        return false;
    };
    let read = checkpoint
        .graph
        .ids()
        .filter(|id| checkpoint.is_tensor(*id))
        .all(|id| {
            let tensor = checkpoint.tensor(id).unwrap();
            tensor.dense();
            tensor.read_bytes().is_ok()
        });
    read && checkpoint.write(&mut Vec::new()).is_ok()
}

#[test]
fn a_part_of_a_file_is_refused() {
    for name in ["views.pth", "views.legacy.pth", "types.legacy.pth"] {
        let bytes = common::file(name);
        assert!(use_all(bytes.clone()));
        for length in 0..bytes.len() {
            assert!(!use_all(bytes[..length].to_vec()), "{name}: {length}");
        }
    }
}

#[test]
fn a_changed_byte_never_panics() {
    for name in ["views.pth", "views.legacy.pth", "training.legacy.pth"] {
        let bytes = common::file(name);
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                use_all(bytes);
            }
        }
    }
}
