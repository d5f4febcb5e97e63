//! Rows that are right, and every way to be wrong.

use super::*;

#[test]
fn rows_and_comments() {
    let (rows, errors) = parse(
        "# all\naddTest(A_0 layer uint8) # one\n\n addQConfTest( A_0 channel int16 )\naddWeightsOnlyTest(A_0 channel int4)",
    );
    assert_eq!(errors, []);
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row.to_string(), row.folder(), row.line))
        .collect();
    let row = |shown: &str, folder: &str, line| (shown.to_owned(), folder.to_owned(), line);
    assert_eq!(
        shown,
        [
            row("addTest(A_0 layer uint8)", "A_0", 2),
            row("addQConfTest(A_0 channel int16)", "A_0_config", 4),
            row("addWeightsOnlyTest(A_0 channel int4)", "A_0", 5)
        ]
    );
}

#[test]
fn every_wrong_line_is_told() {
    let rows = [
        (
            "addtest(A layer uint8)",
            "1:1: directive `addtest` is unknown; use addTest, addQConfTest, addWeightsOnlyTest or addCheckpointTest",
        ),
        (
            "addTest(A layer)",
            "1:1: `addTest(A layer)` has 2 words in the brackets, not 3; write `addTest(MODEL layer|channel TYPE)`",
        ),
        (
            "addTest(A layer uint8",
            "1:1: `addTest(A layer uint8` is not closed with `)`; write `addTest(MODEL layer|channel TYPE)`",
        ),
        (
            "addTest(A tensor uint8)",
            "1:1: granularity `tensor` is unknown; use layer or channel",
        ),
        (
            "addTest(A layer float)",
            "1:1: type `float` is unknown; use uint8 or int16",
        ),
        (
            "addWeightsOnlyTest(A channel int2)",
            "1:1: type `int2` is unknown; use int4, int8 or int16",
        ),
        (
            "addTest(../x layer uint8)",
            "1:1: model `../x` is no name for a test; use letters, digits and _, a letter first",
        ),
        (
            "addTest(A_config layer uint8)",
            "1:1: model `A_config` ends in _config, which names the folders of addQConfTest; rename the model",
        ),
        (
            "addTest(A layer int16)",
            "1:1: addTest(A layer int16): layer-wise quantization supports only uint8; write `channel int16` or `layer uint8`",
        ),
        (
            "addWeightsOnlyTest(A layer int8)",
            "1:1: addWeightsOnlyTest(A layer int8): weights-only quantization is channel-wise; write `channel`",
        ),
        (
            "addTest(A layer uint8)\naddTest(A layer uint8)",
            "2:1: addTest(A layer uint8) stands already at line 1; remove one of them",
        ),
    ];
    for (text, error) in rows {
        let (_, errors) = parse(text);
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [error],
            "{text}"
        );
    }
}
