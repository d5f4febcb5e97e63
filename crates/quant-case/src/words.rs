//! Words of a package's own: granularities, types and stages that its lists use beside ONE's, each declared once.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod declare;

use std::panic::Location;
use std::str::FromStr;

use crate::row::{RowKind, refusal};
use crate::word::Word;
use crate::{Granularity, QuantType, Stage};

/// The words that a package adds to ONE's, and which of them go together. Only addTest takes them.
#[derive(Clone, Debug, Default)]
pub struct Words {
    granularities: Vec<&'static str>,
    types: Vec<&'static str>,
    stages: Vec<&'static str>,
    tests: Vec<Declared>,
    /// What is wrong, each with its place.
    errors: Vec<String>,
    /// Whether nobody has said which words go together.
    foreign: bool,
    /// Granularities and types of which it is known all the same.
    pairs: Vec<(&'static str, &'static str)>,
}

/// A granularity and a type that go together, and the stages that are tested of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Granularity.
    pub granularity: Word,
    /// Type.
    pub dtype: Word,
    /// Stages, in the order of their tests.
    pub stages: Vec<Stage>,
}

impl Words {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Words that a package declares elsewhere, for programs that do not see its build script: each may stand for a
    /// granularity, a type or a stage, and rows with them have no stage that anything here could run. `layer/int16` are a
    /// granularity and a type that go together, which words of ONE's own need where ONE does not put them together.
    pub fn foreign(words: impl IntoIterator<Item = &'static str>) -> Self {
        let (mut single, mut pairs) = (Vec::new(), Vec::new());
        for word in words {
            match word.split_once('/') {
                None => single.push(word),
                Some(pair) => pairs.push(pair),
            }
        }
        Self {
            granularities: single.clone(),
            types: single.clone(),
            stages: single,
            foreign: true,
            pairs,
            ..Self::default()
        }
    }

    /// Whether these are [`Words::foreign`].
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Declares a granularity.
    #[must_use]
    #[track_caller]
    pub fn granularity(mut self, word: &'static str) -> Self {
        self.declare(word, "granularity");
        self.granularities.push(word);
        self
    }

    /// Declares a type.
    #[must_use]
    #[track_caller]
    pub fn dtype(mut self, word: &'static str) -> Self {
        self.declare(word, "type");
        self.types.push(word);
        self
    }

    /// Declares a stage. The macro is told what it makes of a tensor.
    #[must_use]
    #[track_caller]
    pub fn stage(mut self, word: &'static str) -> Self {
        self.declare(word, "stage");
        self.stages.push(word);
        self
    }

    /// Declares that a granularity and a type go together, and which stages each of their rows tests; for a combination
    /// of ONE's, which stages it tests behind ONE's.
    #[must_use]
    #[track_caller]
    pub fn test(mut self, granularity: &'static str, dtype: &'static str, stages: &[&'static str]) -> Self {
        if let Err(what) = self.add(granularity, dtype, stages) {
            self.error(&format!("({granularity} {dtype}): {what}"));
        }
        self
    }

    /// The combinations, in the order in which they are declared.
    pub fn tests(&self) -> &[Declared] {
        &self.tests
    }

    /// The granularities, types and stages.
    pub fn axes(&self) -> [&[&'static str]; 3] {
        [&self.granularities, &self.types, &self.stages]
    }

    /// What is wrong with the declarations, each with its place and the way out.
    pub fn errors(&self) -> Vec<String> {
        let mut errors = self.errors.clone();
        let used = |word: &str| {
            let mut tests = self.tests.iter();
            tests.any(|test| {
                test.granularity.word() == word
                    || test.dtype.word() == word
                    || test.stages.iter().any(|stage| stage.word() == word)
            })
        };
        let all = self.axes().into_iter().flatten();
        if errors.is_empty() && !self.foreign {
            errors.extend(all.filter(|word| !used(word)).map(|word| {
                format!("build.rs:1:1: word `{word}` goes together with nothing; say with what in a `.test(GRANULARITY, TYPE, STAGES)`, or remove it")
            }));
        }
        errors
    }

    /// The word of an axis as the list may use it.
    pub(crate) fn granularity_of(&self, word: &str) -> Option<Word> {
        of::<Granularity>(word, Granularity::word, &self.granularities)
    }

    pub(crate) fn dtype_of(&self, word: &str) -> Option<Word> {
        of::<QuantType>(word, QuantType::word, &self.types)
    }

    /// The stages that are declared for a combination.
    ///
    /// # Errors
    /// It is neither ONE's nor declared: what to write instead.
    pub(crate) fn stages(&self, kind: RowKind, granularity: Word, dtype: Word) -> Result<Vec<Stage>, String> {
        let declared = self.find(granularity, dtype).filter(|_| kind == RowKind::Test);
        let known = granularity.known::<Granularity>().is_some() && dtype.known::<QuantType>().is_some();
        match (declared, refusal(kind, granularity, dtype)) {
            (Some(declared), _) => Ok(declared.stages.clone()),
            (None, Some(_))
                if kind == RowKind::Test && self.pairs.contains(&(granularity.word(), dtype.word())) =>
            {
                Ok(Vec::new())
            }
            (None, Some(hint)) => Err(hint.to_owned()),
            (None, None) if known => Ok(Vec::new()),
            (None, None) if kind != RowKind::Test => {
                Err("words of the list's own are for addTest; use ONE's".to_owned())
            }
            (None, None) if self.foreign => Ok(Vec::new()),
            (None, None) => Err(format!(
                "this combination is not declared; declare it in build.rs with `.test(\"{granularity}\", \"{dtype}\", STAGES)`, or use one that is"
            )),
        }
    }

    fn find(&self, granularity: Word, dtype: Word) -> Option<&Declared> {
        let mut tests = self.tests.iter();
        tests.find(|test| test.granularity == granularity && test.dtype == dtype)
    }

    fn add(
        &mut self,
        granularity: &'static str,
        dtype: &'static str,
        stages: &[&'static str],
    ) -> Result<(), String> {
        let undeclared = |axis: &str, word: &str, way: &str| {
            format!("{axis} `{word}` is not declared; declare it before with `.{way}(\"{word}\")`")
        };
        let granularity = self
            .granularity_of(granularity)
            .ok_or_else(|| undeclared("granularity", granularity, "granularity"))?;
        let dtype = self
            .dtype_of(dtype)
            .ok_or_else(|| undeclared("type", dtype, "dtype"))?;
        if self.find(granularity, dtype).is_some() {
            return Err("this combination is declared already; name all its stages at once".to_owned());
        }
        let known = granularity.known::<Granularity>().is_some() && dtype.known::<QuantType>().is_some();
        let ones = known && refusal(RowKind::Test, granularity, dtype).is_none();
        let mut list: Vec<Stage> = Vec::new();
        for word in stages {
            let stage = Stage::of(word);
            if stage == Stage::WoQuantization {
                return Err("wo_quantization is the stage of addWeightsOnlyTest; use another".to_owned());
            }
            if matches!(stage, Stage::Own(word) if !self.stages.contains(&word)) {
                return Err(undeclared("stage", word, "stage"));
            }
            if list.contains(&stage) || (ones && !matches!(stage, Stage::Own(_))) {
                return Err(format!("stage `{word}` is tested already; remove it here"));
            }
            list.push(stage);
        }
        if list.is_empty() {
            return Err("no stage is named; name those that its rows test".to_owned());
        }
        self.tests.push(Declared {
            granularity,
            dtype,
            stages: list,
        });
        Ok(())
    }

    #[track_caller]
    fn error(&mut self, what: &str) {
        let place = Location::caller();
        let file = place.file().replace('\\', "/");
        // Build scripts are compiled by their path in the workspace; lists are named by theirs in the package.
        let file = file.rsplit('/').next().unwrap_or_default();
        self.errors
            .push(format!("{file}:{}:{}: {what}", place.line(), place.column()));
    }
}

fn of<K: FromStr>(word: &str, text: fn(K) -> &'static str, own: &[&'static str]) -> Option<Word> {
    let known = word.parse().ok().map(text);
    known
        .or_else(|| own.iter().copied().find(|own| *own == word))
        .map(Word::new)
}

#[cfg(test)]
mod tests;
