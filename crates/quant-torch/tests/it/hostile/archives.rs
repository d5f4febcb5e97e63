//! Tensors that are none, archives that lead elsewhere, and files with a part missing or a byte changed.

use quant_torch::ErrorKind::{Invalid, Limit, Unsupported};
use quant_torch::{Checkpoint, ErrorKind, Problem};

use super::check;
use crate::common::{archive, file, pickle_of, zip_of};

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
    assert_eq!(error.problem(), &Problem::Checksum, "{error}");
    let error = checkpoint.write(&mut Vec::new()).unwrap_err();
    assert_eq!(error.problem(), &Problem::Checksum, "{error}");
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
        let bytes = file(name);
        assert!(use_all(bytes.clone()));
        for length in 0..bytes.len() {
            assert!(!use_all(bytes[..length].to_vec()), "{name}: {length}");
        }
    }
}

#[test]
fn a_changed_byte_never_panics() {
    for name in ["views.pth", "views.legacy.pth", "training.legacy.pth"] {
        let bytes = file(name);
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                use_all(bytes);
            }
        }
    }
}
