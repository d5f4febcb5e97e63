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
            "1:1: directive `addtest` is unknown; use addTest, addQConfTest, addWeightsOnlyTest, addTFLiteTest, addRecipeTest, addOnnxTest, addCheckpointTest or addAmctTest",
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

fn messages(text: &str, context: Context<'_>) -> Vec<String> {
    let errors = read(text, context).errors;
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn graphs_of_amct_and_what_is_none() {
    let text = "addAmctTest(Net-1 {calibrate,convert,qat})\naddAmctTest(A ascend qat)\naddAmctTest(A max)\n\
                addAmctTest(A qat) tolerance(weights steps 1)\naddCheckpointTest(A ascend qat)\n";
    let list = read(text, Context::default());
    let rows: Vec<String> = list.checkpoints.iter().map(ToString::to_string).collect();
    let wanted = ["calibrate", "convert", "qat"].map(|flow| format!("addAmctTest(Net-1 {flow})"));
    assert_eq!(rows, wanted);
    assert_eq!(
        list.checkpoints[1].test_name(),
        "net_1::ascend::convert::quantization"
    );
    let errors: Vec<String> = list.errors.iter().map(ToString::to_string).collect();
    let wanted = [
        "2:1: `addAmctTest(A ascend qat)` is no row; write `addAmctTest(NAME calibrate|convert|qat)`",
        "3:1: flow `max` is unknown; use one of qat, calibrate, convert",
        "4:20: addCheckpointTest and addAmctTest compare integers, which have no tolerance; remove it",
        "5:1: device `ascend` is unknown; use one of max78000, max78002",
    ];
    assert_eq!(errors, wanted);
}

#[test]
fn checkpoints_and_what_is_none() {
    let text = "addTest(A layer uint8)\n addCheckpointTest(Net-1 max78000 qat) # first\naddCheckpointTest(A b)\n\
                addCheckpointTest(A max78003 qat)\naddCheckpointTest(A max78000 mean)\naddCheckpointTest(1 max78000 max)\n\
                addCheckpointTest(Net-1 max78000 qat)\naddCheckpointTest(A max78000 qat) tolerance(weights steps 1)\n";
    let rows = read(text, Context::default()).checkpoints;
    assert_eq!(
        (rows.len(), rows[0].module().as_str(), rows[0].line),
        (1, "net_1", 2)
    );
    let wanted = [
        "3:1: `addCheckpointTest(A b)` is no row; write `addCheckpointTest(NAME DEVICE METHOD)`",
        "4:1: device `max78003` is unknown; use one of max78000, max78002",
        "5:1: method `mean` is unknown; use one of qat, avgmax, max, stddev, scale",
        "6:1: model `1` is no name for a test; use letters, digits and _, a letter first",
        "7:1: addCheckpointTest(Net-1 max78000 qat) stands already at line 2; remove one of them",
        "8:35: addCheckpointTest and addAmctTest compare integers, which have no tolerance; remove it",
    ];
    assert_eq!(messages(text, Context::default()), wanted);
}

#[test]
fn a_matrix_stands_for_its_rows() {
    let models = ["Add_000", "Conv_000", "Conv_001", "Net"].map(str::to_owned);
    let context = Context {
        models: &models,
        checkpoints: &["Net_a".to_owned(), "Net_b".to_owned()],
        graphs: &["Graph_a".to_owned(), "Graph_b".to_owned()],
        ..Context::default()
    };
    let text = "addTest(Conv_* channel {uint8, int16}) tag(conv)\naddTest({Net,Add_*} layer uint8)\n\
                addCheckpointTest(Net_* {max78000,max78002} qat)";
    let list = read(text, context);
    let shown: Vec<String> = list
        .rows
        .iter()
        .map(|row| format!("{} {}", row.line, row))
        .collect();
    assert_eq!(
        shown,
        [
            "1 addTest(Conv_000 channel uint8)",
            "1 addTest(Conv_000 channel int16)",
            "1 addTest(Conv_001 channel uint8)",
            "1 addTest(Conv_001 channel int16)",
            "2 addTest(Net layer uint8)",
            "2 addTest(Add_000 layer uint8)",
        ]
    );
    assert!(list.rows[..4].iter().all(|row| row.attributes.tags == ["conv"]));
    assert_eq!((list.checkpoints.len(), list.errors.len()), (4, 0));
    for (text, wanted) in [
        (
            "addTest(Conf_* layer uint8)",
            "1:9: `Conf_*` fits no folder of recipes/; ",
        ),
        (
            "addTest({Net,Conf_*} layer uint8)",
            "1:9: `Conf_*` fits no folder",
        ),
        ("addTest(Net {} uint8)", "1:13: `{}` has an empty word; "),
        (
            "addTest(Net {layer uint8)",
            "1:1: `addTest(Net {layer uint8)` has 2 words",
        ),
        (
            "addTest(Net {layer,chanel} uint8)",
            "1:13: granularity `chanel` is unknown; use layer or channel",
        ),
        ("addTest(Net * uint8)", "1:13: granularity `*` is unknown; "),
        (
            "addTest(Net {layer,channel} int16)",
            "1:1: addTest(Net layer int16): layer-wise quantization",
        ),
        (
            "addTest(Net layer {uint8,uint8})",
            "1:1: the line stands for addTest(Net layer uint8) twice; ",
        ),
        (
            "addTest(Net layer uint8)\naddTest(* layer uint8)",
            "2:1: addTest(Net layer uint8) stands already at line 1, and one of the two lines stands for several rows; ",
        ),
        (
            "addTest(Net layer uint8) ignored",
            "1:26: `ignored` is no attribute; ",
        ),
        (
            " addTest(Net layer uint8) ignore()",
            "1:34: `ignore` has no reason in quotes; ",
        ),
        (" ignore(\"x\")", "1:2: attribute `ignore` stands behind no row; "),
        (
            "addWeightsOnlyTest(Net channel int8) tolerance(min absolute 1)",
            "1:38: addWeightsOnlyTest compares no min; ",
        ),
    ] {
        let errors = messages(text, context);
        assert!(
            errors.len() == 1 && errors[0].starts_with(wanted),
            "{errors:?}\n{wanted}"
        );
    }
}

#[test]
fn own_words_stand_in_add_test() {
    let words = Words::new()
        .granularity("group32")
        .dtype("fp8")
        .stage("calibration")
        .test("group32", "fp8", &["calibration"]);
    let context = Context {
        words: Some(&words),
        ..Context::default()
    };
    let list = read("addTest(A group32 fp8)\naddTest(A layer uint8)", context);
    assert_eq!(list.rows[0].declared, [crate::Stage::Own("calibration")]);
    assert!(!list.rows[0].is_ones() && list.rows[1].is_ones() && list.rows[1].declared.is_empty());
    let wanted = [
        "1:1: granularity `group64` is unknown; use layer, channel or group32",
        "2:1: addTest(A layer fp8): this combination is not declared; declare it in build.rs with `.test(\"layer\", \"fp8\", STAGES)`, or use one that is",
        "3:1: addQConfTest(A group32 fp8): words of the list's own are for addTest; use ONE's",
    ];
    let text = "addTest(A group64 uint8)\naddTest(A layer fp8)\naddQConfTest(A group32 fp8)";
    assert_eq!(messages(text, context), wanted);
}

#[test]
fn rows_of_tensorflow_lite() {
    let models = ["A".to_owned()];
    let context = Context {
        models: &models,
        ..Context::default()
    };
    let list = read(
        "addTFLiteTest(* {layer,channel} {int8,dynamic})\naddRecipeTest(A {static_wi8_ai8,weight_only_wi8_afp32}) tag(npu)",
        context,
    );
    let shown: Vec<_> = list
        .rows
        .iter()
        .map(|row| (row.to_string(), row.needs_records()))
        .collect();
    let row = |text: &str, needs_records| (text.to_owned(), needs_records);
    assert_eq!(
        shown,
        [
            row("addTFLiteTest(A layer int8)", true),
            row("addTFLiteTest(A layer dynamic)", false),
            row("addTFLiteTest(A channel int8)", true),
            row("addTFLiteTest(A channel dynamic)", false),
            row("addRecipeTest(A static_wi8_ai8)", true),
            row("addRecipeTest(A weight_only_wi8_afp32)", false),
        ]
    );
    let names = |row: &Row| row.test_name(crate::Stage::Quantization);
    assert_eq!(names(&list.rows[0]), "a_tflite::layer::int8::quantization");
    assert_eq!(
        names(&list.rows[4]),
        "a_tflite::recipe::static_wi8_ai8::quantization::tag_npu"
    );
    for (text, wanted) in [
        (
            "addTFLiteTest(A channel int4)",
            "1:1: type `int4` is unknown; use int8, int8_legacy, int16x8, dynamic, float16 or uint8",
        ),
        (
            "addTFLiteTest(A tensor int8)",
            "1:1: granularity `tensor` is unknown; use layer or channel",
        ),
        (
            "addTFLiteTest(A {layer,channel} float16)",
            "1:1: addTFLiteTest(A layer float16): float16 has no scale that a layer could share; write `channel float16`",
        ),
        (
            "addTFLiteTest(A channel uint8)",
            "1:1: addTFLiteTest(A channel uint8): uint8 is layer-wise; write `layer uint8` or `channel int8`",
        ),
        (
            "addTFLiteTest(A int8)",
            "1:1: `addTFLiteTest(A int8)` has 2 words in the brackets, not 3; write `addTFLiteTest(MODEL layer|channel TYPE)`",
        ),
        (
            "addRecipeTest(A channel static_wi8_ai8)",
            "1:1: `addRecipeTest(A channel static_wi8_ai8)` has 3 words in the brackets, not 2; write `addRecipeTest(MODEL RECIPE)`",
        ),
        (
            "addRecipeTest(A {static_wi8_ai8,static_wi2_ai8})",
            "1:17: recipe `static_wi2_ai8` is unknown; use static_wi8_ai8, static_wi8_ai16, dynamic_wi8_afp32, \
             dynamic_wi4_afp32, weight_only_wi8_afp32 or weight_only_wi4_afp32",
        ),
        (
            "addTFLiteTest(A channel dynamic) tolerance(max absolute 1e-3)",
            "1:1: addTFLiteTest(A channel dynamic) records nothing, so it compares no max; remove it",
        ),
    ] {
        assert_eq!(messages(text, context), [wanted]);
    }
}
