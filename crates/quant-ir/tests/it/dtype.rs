//! Tests of `dtype`.

use quant_ir::DType;

#[test]
fn packed_types_go_both_ways() {
    for (dtype, low, high, bytes) in [
        (DType::Int2, -2, 1, vec![0b01_00_11_10, 0b10]),
        (DType::Int4, -2, 1, vec![0xfe, 0x10, 0x0e]),
        (DType::Uint4, 14, 17, vec![0xfe, 0x10, 0x0e]),
    ] {
        let values: Vec<i64> = (low..=high).chain([low]).collect();
        let packed = dtype.encode(&values);
        assert_eq!(packed, bytes, "{dtype}");
        assert_eq!(dtype.bytes(values.len()), Some(packed.len()));
        let back = dtype.unpack(&packed).unwrap();
        let mask = if dtype == DType::Uint4 { 0x0f } else { -1 };
        let wanted: Vec<i8> = values.iter().map(|q| (q & mask) as i8).collect();
        assert_eq!(back[..values.len()], wanted);
        assert!(dtype.is_packed() && dtype.size().is_none());
    }
    assert!(DType::Int8.unpack(&[1]).is_none());
}
