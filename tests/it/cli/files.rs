//! Files that the command line writes: over old ones, through links, into pipes, and with what stands behind a model.

use std::fs;
use std::process::Command;

use super::files;
use crate::common::{QUANT, REPOSITORY, fails, passes};

#[test]
fn output_may_be_the_input_and_old_files_survive() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o net.circle");
    let float = fs::read(folder.join("net.circle")).unwrap();
    fails(folder, "record net.circle --data nowhere -o net.circle");
    assert_eq!(fs::read(folder.join("net.circle")).unwrap(), float);
    passes(folder, "fake-quantize net.circle -o net.circle");
    assert_ne!(fs::read(folder.join("net.circle")).unwrap(), float);
    assert_eq!(files(folder), ["net.circle"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay_what_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("real.circle"), "old").unwrap();
    fs::set_permissions(folder.join("real.circle"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.circle", folder.join("link.circle")).unwrap();
    passes(folder, "convert @ReLU_000 -o link.circle");
    assert!(
        fs::symlink_metadata(folder.join("link.circle"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(&fs::read(folder.join("real.circle")).unwrap()[4..8], b"CIR0");
    assert_eq!(
        fs::metadata(folder.join("real.circle"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    passes(folder, "dump @ReLU_000 -o /dev/null");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let (code, error) = fails(folder, "dump @ReLU_000 -o .");
    assert_eq!(code, 5, "{error}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for line in ["-o /dev/stdout", "-o -", ""] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(QUANT)
            .args(["dump", &format!("{REPOSITORY}/recipes/Net_000/test.recipe")])
            .args(line.split_whitespace())
            .stdout(writer)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.as_str()), (Some(0), ""), "{line}");
    }
}

/// A ZIP archive of the stored file `labels.txt`, its offsets counted from `base` bytes before it.
fn archive(base: usize) -> Vec<u8> {
    let (name, text) = ("labels.txt", "cat\ndog\n");
    let u32 = |number: usize| (number as u32).to_le_bytes();
    // Version, flags, method, time, date, CRC-32 (not looked at here), sizes, lengths of name and extra field.
    let common = [
        &[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &u32(text.len()),
        &u32(text.len()),
        &u32(name.len()),
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), text.as_bytes()].concat();
    let directory = [
        b"PK\x01\x02\x0a\0",
        &common[..],
        &[0; 10],
        &u32(base),
        name.as_bytes(),
    ]
    .concat();
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
        &u32(directory.len())[..],
        &u32(base + local.len()),
        &[0, 0],
    ]
    .concat();
    [local, directory, end].concat()
}

#[test]
fn files_behind_a_model_are_behind_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    passes(folder, "convert @Net_000 -o plain.tflite");
    let plain = fs::read(folder.join("plain.tflite")).unwrap();
    // Writers count from the beginning of the file, or from that of the archive.
    for base in [plain.len(), 0] {
        fs::write(folder.join("m.tflite"), [&plain[..], &archive(base)].concat()).unwrap();
        for line in [
            "convert m.tflite -o out.tflite",
            "convert m.tflite -o out.circle",
            "fake-quantize m.tflite -o out.circle",
            "record m.tflite --data random:1:2 -o out.circle",
            "quantize out.circle -o out.circle",
            "run m.tflite --data random:1:2 -o out.circle",
            "weights-only m.tflite -o out.circle",
        ] {
            passes(folder, line);
            let name = line.rsplit(' ').next().unwrap();
            let bytes = fs::read(folder.join(name)).unwrap();
            let length = archive(0).len();
            let start = bytes.len() - length;
            assert!(bytes[start..] == archive(start), "{line}");
            assert_eq!(start % 16, 0, "{line}");
        }
    }
}
