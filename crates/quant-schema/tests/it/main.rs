//! Files mapped as memory, and room that begins with zeros. They stand here, and not beside the code, so that the
//! generated tables are compiled once.

use std::fs::File;
use std::io::Write;

use quant_schema::{float_pages, map, zeros};

#[test]
fn released_bytes_come_back() {
    let path = std::env::temp_dir().join(format!("quant-map-{}", std::process::id()));
    let bytes: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
    File::create(&path).unwrap().write_all(&bytes).unwrap();
    let mapping = map(&File::open(&path).unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(mapping.bytes(), bytes);
    for range in [0..100_000, 5_000..5_001, 99_999..200_000, 100_000..100_000] {
        mapping.release(range);
        assert_eq!(mapping.bytes(), bytes);
    }
}

#[test]
fn room_is_zero_and_can_be_filled() {
    // From there on memory comes in pages of its own.
    let large = 4 << 20;
    for length in [0, 1, large - 1, large, large + 4097] {
        let mut room = zeros(length);
        assert_eq!(room.len(), length);
        assert!(room.iter().all(|byte| *byte == 0));
        room.fill(7);
        assert!(room.iter().all(|byte| *byte == 7));
    }
}

#[test]
fn pages_of_floats_are_for_many() {
    let large = 1 << 20;
    for count in [0, 1, large - 1, usize::MAX / 2, usize::MAX] {
        assert!(float_pages(count).is_none(), "{count}");
    }
    for count in [large, large + 1025] {
        let mut floats = float_pages(count).unwrap();
        assert_eq!(floats.len(), count);
        assert!(floats.iter().all(|x| x.to_bits() == 0));
        floats.fill(0.5);
        assert!(floats.iter().all(|x| *x == 0.5));
    }
}

#[test]
fn an_empty_file_is_an_error_or_empty() {
    let path = std::env::temp_dir().join(format!("quant-map-empty-{}", std::process::id()));
    let file = File::create(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(map(&file).map_or(true, |mapping| mapping.bytes().is_empty()));
}
