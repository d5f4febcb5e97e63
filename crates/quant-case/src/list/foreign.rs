//! From the words of addTFLiteTest, addRecipeTest and addOnnxTest to their rows.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use super::row::{Axis, Line};
use crate::attributes::Part;
use crate::line::{LineError, Span};
use crate::row::{Row, RowKind};
use crate::tflite::{self, BuiltIn, Flavour, RECIPE};
use crate::word::Word;
use crate::{Granularity, Stage, onnx};

impl Line<'_> {
    /// The rows of a line of addTFLiteTest: models, then granularities, then types.
    pub fn flavours(
        &self,
        models: &[String],
        granularity: Span<'_>,
        flavour: Span<'_>,
    ) -> Result<Vec<Row>, LineError> {
        let flavours: Vec<&str> = Flavour::ALL.iter().map(|flavour| flavour.word()).collect();
        let granularities = Axis("granularity", &["layer", "channel"], &[])
            .of(granularity, |word| word.parse().ok().map(Word::of_granularity))?;
        let flavours = Axis("type", &flavours, &[]).of(flavour, |word| {
            word.parse()
                .ok()
                .map(|flavour: Flavour| Word::new(flavour.word()))
        })?;
        let exists = |granularity: Word, flavour: Word| {
            let known = granularity.known::<Granularity>().zip(flavour.known());
            refused(known.and_then(|(granularity, flavour)| tflite::refusal(granularity, flavour)))
        };
        self.recorded(self.matrix(RowKind::TFLite, models, &granularities, &flavours, exists)?)
    }

    /// The rows of a line of addRecipeTest: models, then recipes.
    pub fn recipes(&self, models: &[String], recipe: Span<'_>) -> Result<Vec<Row>, LineError> {
        let known: Vec<&str> = BuiltIn::ALL.iter().map(|recipe| recipe.word()).collect();
        let recipes = Axis("recipe", &known, &[]).of(recipe, |word| {
            word.parse().ok().map(|recipe: BuiltIn| Word::new(recipe.word()))
        })?;
        self.recorded(self.matrix(
            RowKind::Recipe,
            models,
            &[RECIPE],
            &recipes,
            |_, _| Ok(Vec::new()),
        )?)
    }

    /// The rows of a line of addOnnxTest: models, then granularities, then types.
    pub fn onnx(
        &self,
        models: &[String],
        granularity: Span<'_>,
        of: Span<'_>,
    ) -> Result<Vec<Row>, LineError> {
        let types: Vec<&str> = onnx::Type::ALL.iter().map(|of| of.word()).collect();
        let block = onnx::BLOCK.word();
        let granularities =
            Axis("granularity", &["layer", "channel", block], &[]).of(granularity, |word| {
                let known = word.parse().ok().map(Word::of_granularity);
                known.or((word == block).then_some(onnx::BLOCK))
            })?;
        let types = Axis("type", &types, &[]).of(of, |word| {
            word.parse().ok().map(|of: onnx::Type| Word::new(of.word()))
        })?;
        let exists =
            |granularity: Word, of: Word| refused(of.known().and_then(|of| onnx::refusal(granularity, of)));
        self.recorded(self.matrix(RowKind::Onnx, models, &granularities, &types, exists)?)
    }

    /// The rows, unless a tolerance is for ranges that they do not have.
    fn recorded(&self, rows: Vec<Row>) -> Result<Vec<Row>, LineError> {
        let mut own = self.attributes.tolerances.iter();
        let ranges = own.find(|own| matches!(own.part, Part::Min | Part::Max));
        let without = rows.iter().find(|row| !row.needs_records());
        if let Some(row) = without.filter(|row| !row.attributes.remedies.is_empty()) {
            let what = format!(
                "{row} has no records, which remedies are tested with; use int8, int8_legacy, int16x8 or uint8"
            );
            return Err((1, what));
        }
        match (ranges, without) {
            (Some(own), Some(row)) => Err((
                1,
                format!("{row} records nothing, so it compares no {}; remove it", own.part),
            )),
            _ => Ok(rows),
        }
    }
}

fn refused(why: Option<&str>) -> Result<Vec<Stage>, String> {
    why.map_or(Ok(Vec::new()), |why| Err(why.to_owned()))
}
