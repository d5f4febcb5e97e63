//! Tests of `channels`.

use quant_numeric::channels::Channels;

#[test]
fn neighbours_are_of_different_channels_in_the_last_dimension() {
    for (count, inner, interleaved) in [(3, 1, true), (1, 1, false), (3, 2, false), (1, 3, false)] {
        let channels = Channels::new(count, inner);
        assert_eq!(channels.interleaved(), interleaved, "{count} channels of {inner}");
        assert_eq!(
            channels.of(0) != channels.of(1),
            interleaved,
            "{count} channels of {inner}"
        );
    }
}

#[test]
fn runs_hold_every_element_once() {
    for (count, inner) in [(1, 12), (2, 6), (3, 2), (3, 4), (12, 1), (3, 1), (1, 1)] {
        let channels = Channels::new(count, inner);
        for (start, end) in [(0, 12), (0, 0), (5, 5), (1, 12), (3, 7), (11, 12)] {
            let mut found = Vec::new();
            for (channel, run) in channels.runs(start..end) {
                assert!(!run.is_empty());
                found.extend(run.map(|at| (start + at, channel)));
            }
            let wanted: Vec<_> = (start..end).map(|at| (at, channels.of(at))).collect();
            assert_eq!(found, wanted, "{count} channels of {inner}, {start}..{end}");
        }
    }
    assert_eq!(Channels::one().runs(2..9).collect::<Vec<_>>(), [(0, 0..7)]);
}
