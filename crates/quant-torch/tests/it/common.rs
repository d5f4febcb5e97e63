//! Files made by hand, without the code under test.

/// A file of `tests/files`.
pub fn file(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    std::fs::read(folder.join(name)).unwrap()
}

/// A zip archive of entries: name, data, method of compression (which is claimed, not done).
pub fn archive(entries: &[(&str, &[u8], u16)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, data, method) in entries {
        let mut crc = crc32fast::Hasher::new();
        crc.update(data);
        let mut common = [20u16, 0, *method, 0, 0]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>();
        common.extend(crc.finalize().to_le_bytes());
        common.extend([data.len() as u32; 2].iter().flat_map(|n| n.to_le_bytes()));
        common.extend([name.len() as u16, 0].iter().flat_map(|n| n.to_le_bytes()));
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(*data);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([entries.len() as u16; 2].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(
        [directory.len() as u32, start]
            .iter()
            .flat_map(|n| n.to_le_bytes()),
    );
    bytes.extend([0, 0]);
    bytes
}

/// A checkpoint of a pickle and storages.
pub fn zip_of(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let mut entries = vec![("archive/data.pkl", pickle, 0)];
    entries.extend(storages.iter().map(|(name, data)| (*name, *data, 0)));
    archive(&entries)
}

/// The pickle of a tensor in storage 0: class and count of the storage; offset, shape and strides of the tensor.
pub fn pickle_of(class: &str, count: i64, (offset, shape, strides): (i64, &[i64], &[i64])) -> Vec<u8> {
    fn text(text: &str) -> Vec<u8> {
        [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
    }
    fn int(number: i64) -> Vec<u8> {
        [b"\x8a\x08", &number.to_le_bytes()[..]].concat()
    }
    let tuple = |numbers: &[i64]| {
        [
            b"(".to_vec(),
            numbers.iter().flat_map(|n| int(*n)).collect(),
            b"t".to_vec(),
        ]
        .concat()
    };
    [
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        text("storage"),
        format!("ctorch\n{class}\n").into_bytes(),
        text("0"),
        text("cpu"),
        int(count),
        b"tQ".to_vec(),
        int(offset),
        tuple(shape),
        tuple(strides),
        b"\x89ccollections\nOrderedDict\n)RtR.".to_vec(),
    ]
    .concat()
}
