//! Memory of floats.

use quant_ir::value::Floats;

#[test]
fn a_buffer_is_renewed_without_moving() {
    let mut floats = Floats::from(vec![1.0, 2.0]);
    assert_eq!(*floats, [1.0, 2.0]);
    floats.renew(5, 40);
    let place = floats.as_ptr();
    for len in [5, 40, 0, 17] {
        floats.renew(len, 0);
        assert_eq!((floats.len(), floats.as_ptr()), (len, place));
        assert_eq!(place.addr() % 64, 0, "it begins where a cache line does");
    }
    assert!(floats.capacity() >= 40);
    floats.copy_from_slice(&std::array::from_fn::<_, 17, _>(|at| at as f32));
    let copy = floats.clone();
    floats.vector().push(17.0);
    assert_eq!(*floats, std::array::from_fn::<_, 18, _>(|at| at as f32));
    assert_ne!(floats, copy);
    floats.clone_from(&copy);
    assert_eq!(Vec::from(floats), Vec::from(copy));
}

#[test]
fn more_than_there_is_memory_for_is_allocated_anew() {
    let mut floats = Floats::default();
    for len in [3, 1000, 0, 70_000] {
        floats.renew(len, 0);
        assert_eq!((floats.len(), floats.as_ptr().addr() % 64), (len, 0));
        floats.fill(1.0);
        assert!(floats.capacity() >= len);
    }
}

#[test]
fn large_ones_are_renewed_copied_and_become_vectors() {
    // More than an allocator gives: pages of the system.
    let large = (1 << 20) + 5;
    let mut floats = Floats::default();
    floats.renew(3, 2 * large);
    let place = floats.as_ptr();
    for len in [large, 2 * large, 7, large] {
        floats.renew(len, 0);
        assert_eq!((floats.len(), floats.as_ptr()), (len, place));
        assert_eq!(place.addr() % 64, 0, "it begins where a cache line does");
    }
    let value = |at: usize| (at % 1013) as f32;
    floats.iter_mut().enumerate().for_each(|(at, x)| *x = value(at));
    let mut copy = floats.clone();
    assert_eq!((copy.len(), &copy), (large, &floats));
    copy[large - 1] += 1.0;
    assert_ne!(copy, floats);
    copy.clone_from(&floats);
    floats.vector().push(17.0);
    copy.vector().push(17.0);
    for floats in [floats, copy] {
        let vector = Vec::from(floats);
        assert_eq!((vector.len(), vector[large]), (large + 1, 17.0));
        assert!(vector[..large].iter().enumerate().all(|(at, x)| *x == value(at)));
    }
}
