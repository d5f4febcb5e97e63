//! The bytes of a recording (docs/recordings.md has the table), and back.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::str::FromStr;

use super::{Digest, Edges, Head, Job, Recording, of_bytes};
use crate::record::outlier::Farthest;
use crate::record::recorded::{Recorded, State};
use crate::record::wire::{Reader, Writer};
use crate::record::{AnyObserver, Mode, Overrides, RecordOptions, Rule};
use quant_interp::FloatProfile;
use quant_ir::error::{Error, Problem, Result};

/// What a recording begins with. A transfer as text would change it.
const MAGIC: &[u8; 8] = b"\x89QSTAT\r\n";

/// The version that is written and read.
const VERSION: u32 = 1;

/// Records, at most.
const MOST_RECORDS: u64 = 1 << 48;

impl Recording {
    /// The recording as bytes: the same recording gives the same ones.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.0.extend(MAGIC);
        out.u32(VERSION);
        self.head.store(&mut out);
        out.u64(self.records().start as u64);
        out.u64(self.records().end as u64);
        out.u32(self.names.len() as u32);
        for (name, state) in self.names.iter().zip(&self.recorded.tensors) {
            out.text(name);
            state.store(self.head.job.options.mode, &mut out);
        }
        let digest = of_bytes(&out.0);
        out.0.extend(digest.0);
        out.0
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// Something else; another version; bytes that were changed.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let refused =
            |what: &str, hint: &str| Error::new("recording", Problem::Malformed(what.to_owned()), hint);
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(refused("it is none", "give a .qstat file of `quant record`"));
        };
        let Some((body, digest)) = bytes.split_last_chunk::<32>().filter(|_| rest.len() >= 36) else {
            return Err(refused("it ends too early", "record again, or copy it again"));
        };
        let mut from = Reader::new(body);
        from.take(MAGIC.len())?;
        let version = from.u32()?;
        if version != VERSION {
            return Err(Error::new(
                "recording",
                Problem::Format(format!("it has version {version}, and {VERSION} is read here")),
                "record again, or take the program that wrote it",
            ));
        }
        if of_bytes(body).0 != *digest {
            return Err(refused(
                "its checksum is wrong",
                "it was changed; record again, or copy it again",
            ));
        }
        let head = Head::load(&mut from)?;
        let (start, end) = (from.size()?, from.size()?);
        if start >= end || end > head.job.records {
            return Err(from.wrong("records that are not among all"));
        }
        let count = from.count(5)?;
        let (mut names, mut tensors) = (Vec::new(), Vec::new());
        for _ in 0..count {
            names.push(from.text()?);
            tensors.push(State::load(&head.job, start, &mut from)?);
        }
        if !from.is_empty() {
            return Err(from.wrong("bytes behind the last tensor"));
        }
        let recorded = Recorded {
            records: start..end,
            tensors,
        };
        Ok(Self {
            head,
            names,
            recorded,
        })
    }
}

impl Head {
    fn store(&self, out: &mut Writer) {
        let options = &self.job.options;
        out.0.extend(self.model.0);
        out.u64(self.job.records as u64);
        pairs(out, &self.job.data);
        out.0.extend(self.data.to_le_bytes());
        out.text(&options.mode.to_string());
        out.text(&options.like.map_or_else(String::new, |mode| mode.to_string()));
        out.u8(u8::from(options.lowest.is_some()));
        out.f32(options.lowest.unwrap_or(0.0));
        out.text(options.floats.name());
        pairs(out, &options.overrides.words());
        out.u8(u8::from(self.edges.is_some()));
        if let Some(edges) = &self.edges {
            out.0.extend(edges.recording.0);
            out.0.extend(edges.data.to_le_bytes());
        }
    }

    fn load(from: &mut Reader<'_>) -> Result<Self> {
        let model = digest(from)?;
        let records = from.u64()?;
        if records > MOST_RECORDS {
            return Err(from.wrong("more records than there can be"));
        }
        let data = read_pairs(from)?;
        let sum = number(from)?;
        let word = from.text()?;
        let mode = mode(&word, from)?;
        let like = match from.text()?.as_str() {
            "" => None,
            word => Some(self::mode(word, from)?),
        };
        let given = from.flag()?;
        let lowest = Some(from.f32()?).filter(|_| given);
        let name = from.text()?;
        let floats = FloatProfile::ALL.into_iter().find(|floats| floats.name() == name);
        let floats = floats.ok_or_else(|| from.wrong("kernels that nobody knows here"))?;
        let overrides = Overrides::from_words(&read_pairs(from)?);
        let overrides = overrides.ok_or_else(|| from.wrong("overrides that nobody knows here"))?;
        let edges = if from.flag()? {
            Some(Edges {
                recording: digest(from)?,
                data: number(from)?,
            })
        } else {
            None
        };
        let options = RecordOptions {
            mode,
            threads: 1,
            lowest,
            floats,
            like,
            overrides,
        };
        let job = Job {
            options,
            data,
            records: usize::try_from(records).map_err(|_| from.wrong("more records than there can be"))?,
        };
        Ok(Self {
            model,
            job,
            data: sum,
            edges,
        })
    }
}

impl State<AnyObserver> {
    /// A tensor that was not seen has nothing to keep but what it is to be observed by.
    fn store(&self, mode: Mode, out: &mut Writer) {
        let word = match (
            &self.observer,
            self.observer.own_mode().filter(|own| *own != mode),
        ) {
            (AnyObserver::Fixed(range), _) => Rule::Range(*range).word(),
            (_, Some(own)) => Rule::Observer(own).word(),
            (_, None) => String::new(),
        };
        out.text(&word);
        let two_passes = matches!(
            self.observer,
            AnyObserver::Entropy(_) | AnyObserver::SquaredError(_)
        );
        let there = self.farthest.seen() > 0 || two_passes;
        out.u8(u8::from(there));
        if there {
            self.farthest.store(out);
            out.u8(u8::from(self.nan.is_some()));
            out.u64(self.nan.unwrap_or(0) as u64);
            self.observer.store(out);
        }
    }

    fn load(job: &Job, first: usize, from: &mut Reader<'_>) -> Result<Self> {
        let word = from.text()?;
        let rule = match word.as_str() {
            "" => Some(Rule::Observer(job.options.mode)),
            word => Rule::of_word(word),
        };
        let rule = rule.ok_or_else(|| from.wrong("an observer that nobody knows here"))?;
        let (observer, mode) = match rule {
            Rule::Range(range) => (AnyObserver::Fixed(range), None),
            Rule::Observer(mode) => (AnyObserver::new(mode, first, job.records, None), Some(mode)),
        };
        let mut state = Self {
            observer,
            farthest: Farthest::default(),
            nan: None,
        };
        if from.flag()? {
            state.farthest = Farthest::load(from)?;
            let nan = from.flag()?;
            state.nan = Some(from.size()?).filter(|_| nan);
            state.observer.load(mode, from)?;
        }
        Ok(state)
    }
}

fn mode(word: &str, from: &Reader<'_>) -> Result<Mode> {
    Mode::from_str(word).map_err(|_| from.wrong("an observer that nobody knows here"))
}

fn pairs(out: &mut Writer, pairs: &[(String, String)]) {
    out.u32(pairs.len() as u32);
    for (key, value) in pairs {
        out.text(key);
        out.text(value);
    }
}

fn read_pairs(from: &mut Reader<'_>) -> Result<Vec<(String, String)>> {
    let count = from.count(8)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        pairs.push((from.text()?, from.text()?));
    }
    Ok(pairs)
}

fn digest(from: &mut Reader<'_>) -> Result<Digest> {
    let mut digest = [0; 32];
    digest.copy_from_slice(from.take(32)?);
    Ok(Digest(digest))
}

fn number(from: &mut Reader<'_>) -> Result<u128> {
    let mut number = [0; 16];
    number.copy_from_slice(from.take(16)?);
    Ok(u128::from_le_bytes(number))
}
