//! Tests of `bytes`.

use quant_ir::Bytes;

#[test]
fn parts_share_and_others_are_copied() {
    let all = Bytes::from((0..10).collect::<Vec<u8>>());
    for range in [0..10, 3..7, 10..10, 0..0] {
        let part = all.share(&all[range.clone()]);
        assert_eq!(
            part,
            Bytes::from(range.clone().map(|x| x as u8).collect::<Vec<u8>>())
        );
        assert_eq!(part.as_ptr_range(), all[range].as_ptr_range());
        part.release();
    }
    let other = vec![1, 2, 3];
    let copied = all.share(&other);
    assert_eq!(copied[..], other);
    assert!(copied.as_ptr() != other.as_ptr() && !all.as_ptr_range().contains(&copied.as_ptr()));
}
