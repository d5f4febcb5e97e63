//! Tests of `format::appended`.

use quant_ir::error::Problem;
use quant_ir::format::appended::{rebased, start};

/// An archive of one stored file, whose offsets count from `base` bytes before it.
fn archive(base: u32) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend([0; 26]);
    bytes.extend(b"the file");
    let directory = bytes.len() as u32;
    bytes.extend(b"PK\x01\x02");
    bytes.extend([0; 24]);
    bytes.extend([3, 0, 0, 0, 0, 0]);
    bytes.extend([0; 8]);
    bytes.extend(base.to_le_bytes());
    bytes.extend(b"a.b");
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(49u32.to_le_bytes());
    bytes.extend((base + directory).to_le_bytes());
    bytes.extend([2, 0, b'h', b'i']);
    bytes
}

#[test]
fn offsets_count_from_where_they_are_asked_to() {
    for base in [0, 16, 70_000] {
        for wanted in [0, 48, 1 << 20] {
            let new = rebased(&archive(base), u64::from(wanted)).unwrap();
            assert_eq!(new, Some(archive(wanted)), "{base} {wanted}");
        }
    }
    // Beyond 4 GiB they count from the archive.
    assert_eq!(rebased(&archive(16), 1 << 32).unwrap(), Some(archive(0)));
}

#[test]
fn what_is_no_archive_is_left_alone_and_zip64_is_refused() {
    let whole = archive(0);
    for cut in 0..whole.len() {
        assert_eq!(rebased(&whole[..cut], 16).unwrap(), None, "{cut}");
    }
    for at in [38, whole.len() - 24, whole.len() - 12] {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        assert_eq!(rebased(&wrong, 16).unwrap(), None, "{at}");
    }
    let mut large = whole;
    let offset = large.len() - 8;
    large[offset..offset + 4].fill(0xff);
    let error = rebased(&large, 16).unwrap_err();
    assert!(matches!(error.problem(), Problem::Foreign(_)), "{error}");
}

#[test]
fn a_flatbuffer_ends_where_it_is_sound_at_last() {
    let mut file = vec![7; 100];
    file.extend([0; 12]);
    file.extend([9; 5]);
    for end in [1, 17, 99, 100] {
        let sound = |part: &[u8]| part.len() >= end;
        let wanted = if end == 100 { 112 } else { end };
        assert_eq!(start(&file, 0, 16, sound), Some(wanted), "{end}");
        assert_eq!(start(&file, end, 16, sound), Some(wanted), "{end}");
    }
    assert_eq!(start(&file[..112], 50, 16, |part| part.len() >= 100), None);
    assert_eq!(start(&file, 117, 16, |_| true), None);
}
