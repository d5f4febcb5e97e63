//! Targets that take pictures and TFRecords.

use std::io::Cursor;

use quant_picture::decode::{Decoder, decode};
use quant_picture::example::Example;
use quant_picture::limits::MAX_PIXELS;
use quant_picture::resize::{self, Filter};
use quant_picture::{Preset, tfrecord};

/// A picture: an error, or pixels that every filter and every preset brings to another size.
///
/// # Panics
/// There are more or fewer pixels than the size says, or a resize fails.
pub fn picture(bytes: &[u8]) {
    let Ok(picture) = decode(bytes, Decoder::Pillow) else {
        return assert!(decode(bytes, Decoder::TensorFlow).is_err());
    };
    let other = decode(bytes, Decoder::TensorFlow).expect("what one decoder reads, the other does");
    assert_eq!((other.width, other.height), (picture.width, picture.height));
    let pixels = picture.width * picture.height;
    assert!(pixels > 0 && pixels <= MAX_PIXELS);
    assert_eq!(picture.data.len(), pixels * picture.channels);
    let floats = picture.data.iter().map(|x| f32::from(*x)).collect();
    let floats = quant_picture::Picture::new(picture.width, picture.height, picture.channels, floats);
    let Ok(floats) = floats else {
        panic!("{}×{} floats are refused", picture.width, picture.height);
    };
    for (name, filter) in Filter::ALL {
        let done = if filter.is_float() {
            resize::floats(&floats, 7, 5, filter).map(|picture| picture.data.len())
        } else {
            resize::bytes(&picture, 7, 5, filter).map(|picture| picture.data.len())
        };
        assert_eq!(done, Ok(35 * picture.channels), "{name}");
    }
    for (name, preset) in Preset::ALL {
        // The long side of a ribbon is beyond what a picture may have.
        let done = preset.preparation().floats_of(&picture, 7, 5, 3);
        if let Ok(done) = done {
            assert!(done.len() == 105 && done.iter().all(|x| x.is_finite()), "{name}");
        }
    }
}

/// A file of TFRecords: an error, or records that make the same file again; compressed or not.
///
/// # Panics
/// They make another one.
pub fn tfrecord(bytes: &[u8]) {
    let mut out = Vec::new();
    if let Ok(places) = tfrecord::unpack(bytes, &mut out) {
        let length: u64 = places.iter().map(|place| place.length).sum();
        assert_eq!(length, out.len() as u64);
    }
    let Ok(places) = tfrecord::index(Cursor::new(bytes), bytes.len() as u64) else {
        return;
    };
    let mut again = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let Ok(record) = tfrecord::read(Cursor::new(bytes), *place, number) else {
            return;
        };
        again.extend(tfrecord::frame(&record));
        example(&record);
    }
    assert_eq!(again, bytes);
}

/// A tf.Example.
pub fn example(bytes: &[u8]) {
    if let Ok(example) = Example::parse(bytes) {
        for name in example.0.keys() {
            let _ = (example.int(name), example.bytes(name));
        }
        assert!(example.get("no such field").is_err() || example.0.contains_key("no such field"));
    }
}
