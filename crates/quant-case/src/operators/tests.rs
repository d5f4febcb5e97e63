//! Tests of the tables.

use super::*;

#[test]
fn entries_are_sorted_and_unique() {
    for table in TABLES {
        let kinds: Vec<String> = table.iter().map(|o| o.kind.to_lowercase()).collect();
        assert!(kinds.windows(2).all(|pair| pair[0] < pair[1]), "{kinds:?}");
    }
    for operator in all() {
        assert_eq!(
            all().filter(|o| o.kind == operator.kind).count(),
            1,
            "{}",
            operator.kind
        );
    }
}
