//! Tests of `format::export`.

use quant_ir::FileFormat;
use quant_ir::Model;
use quant_ir::error::Result;
use quant_ir::format::Export;
use quant_ir::format::import;

fn bytes(file: &Export<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let done: Result<(), ()> = file.pieces(|piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    assert_eq!((done, bytes.len() as u64), (Ok(()), file.len()));
    bytes
}

#[test]
fn large_buffers_go_beyond_a_flatbuffer_that_is_full() {
    let mut model = Model::new(FileFormat::Circle);
    for length in [0, 1, 4096, 4097, 10_000] {
        model.add_buffer((0..length).map(|x| x as u8).collect());
    }
    let whole = Export::new(&model, FileFormat::Circle).unwrap();
    assert_eq!(import(&bytes(&whole)).unwrap(), model);
    let split = Export::within(&model, FileFormat::Circle, 10_000).unwrap();
    let read = import(&bytes(&split)).unwrap();
    let external: Vec<bool> = read.buffers().iter().map(|buffer| buffer.external).collect();
    assert_eq!(external, [false, false, false, false, true, true]);
    for (old, new) in model.buffers().iter().zip(read.buffers()) {
        assert_eq!(old.data, new.data);
    }
    let error = Export::within(&model, FileFormat::Circle, 4000).err().unwrap();
    assert_eq!(error.kind(), quant_ir::ErrorKind::Limit);
}
