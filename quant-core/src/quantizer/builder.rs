//! What is wanted of a quantizer, step by step.

use std::sync::Arc;

use quant_interp::FloatProfile;
use quant_ir::DType;
use quant_ir::error::Result;
use quant_types::qconf::LayerConf;
use quant_types::{Granularity, QuantType};

use super::event::Event;
use super::{Data, Quantizer, Wanted};
use crate::config::Config;
use crate::quantized::running::Execution;
use crate::record::recording::Recording;
use crate::record::{Mode, Overrides, Records};
use crate::remedy::Remedy;
use crate::scheme::setting::{Encoding, Per, Setting};
use crate::scheme::{self, Scheme};

impl<'a> Quantizer<'a> {
    /// With a configuration from elsewhere.
    pub fn with(config: Config) -> Self {
        Self {
            scheme: config.scheme,
            wanted: Wanted::Setting(config.setting),
            own_layers: config.layers,
            inputs: config.input_types,
            outputs: config.output_types,
            ..Self::new()
        }
    }

    /// Whose decisions hold, with its flags: a scheme of this crate, or one of your own.
    ///
    /// ```
    /// use quant_core::Quantizer;
    /// use quant_core::scheme::one::One;
    ///
    /// let quantizer = Quantizer::new().scheme(One { same_scale: true, ..One::default() });
    /// ```
    pub fn scheme(mut self, scheme: impl Scheme + 'static) -> Self {
        self.scheme = Arc::new(scheme);
        self
    }

    /// The scheme of a name, with the flags that it has when none is given.
    ///
    /// # Errors
    /// There is none.
    pub fn scheme_named(mut self, name: &str) -> Result<Self> {
        self.scheme = scheme::find(name)?;
        Ok(self)
    }

    /// The type that activations and weights have, as the scheme understands the word; ONE has uint8 and int16.
    pub fn dtype(mut self, dtype: QuantType) -> Self {
        let granularity = match self.wanted {
            Wanted::Words(_, granularity) => granularity,
            Wanted::Default | Wanted::Setting(_) => Granularity::Channel,
        };
        self.wanted = Wanted::Words(dtype, granularity);
        self
    }

    /// One scale for a weight tensor, or one for each output channel.
    pub fn granularity(mut self, granularity: Granularity) -> Self {
        let dtype = match self.wanted {
            Wanted::Words(dtype, _) => dtype,
            Wanted::Default | Wanted::Setting(_) => QuantType::Uint8,
        };
        self.wanted = Wanted::Words(dtype, granularity);
        self
    }

    /// Activations, weights and bias, each in its own encoding, in place of the two words above. Where activations stay float,
    /// weights alone are quantized, and no records are needed.
    ///
    /// ```
    /// # use quant_core::Quantizer;
    /// let quantizer = Quantizer::new().setting("weights int8-symmetric-channel".parse()?);
    /// # Ok::<(), quant_core::scheme::setting::NoSetting>(())
    /// ```
    pub fn setting(mut self, setting: Setting) -> Self {
        self.wanted = Wanted::Setting(setting);
        self
    }

    /// Layers with a type and granularity of their own, by the name of an output tensor. `quant_types::qconf::parse` reads them
    /// from a `qconf.json`.
    pub fn layers(mut self, layers: impl IntoIterator<Item = LayerConf>) -> Self {
        self.layers = layers.into_iter().collect();
        self
    }

    /// Types of the graph inputs and outputs; one stands for every float tensor, none for the type of activations.
    pub fn interface(mut self, inputs: &[DType], outputs: &[DType]) -> Self {
        self.inputs = inputs.to_vec();
        self.outputs = outputs.to_vec();
        self
    }

    /// The data that ranges come from. A record may leave out the batch of 1 that the model's inputs have.
    pub fn records(mut self, records: impl Records + 'a) -> Self {
        self.data = Data::Records(Box::new(records));
        self
    }

    /// So many records of random values in place of data: for a first try, as the ranges mean nothing
    /// ([`crate::record::RandomRecords`]).
    pub fn random_records(mut self, seed: u64, count: usize) -> Self {
        self.data = Data::Random { seed, count };
        self
    }

    /// How the ranges of single records become one, where that is not as the scheme has it.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// The observer that makes a range of what the records have of each tensor. Records are run as the scheme has it, in
    /// sequence with TensorFlow Lite's, where [`Self::mode`] runs them as the mode has it.
    pub fn observer(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self.as_scheme = true;
        self
    }

    /// What was recorded before, in place of records: of this model, or where the scheme wants it fake-quantized, of that one.
    pub fn recording(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        self
    }

    /// Tensors with a range or an observer of their own.
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// Whose floats the model computes while its ranges are recorded.
    pub fn floats(mut self, floats: FloatProfile) -> Self {
        self.floats = floats;
        self
    }

    /// What wins accuracy back before and while the model is quantized; the order in which they are named changes nothing
    /// ([`Remedy::ALL`]).
    ///
    /// ```
    /// use quant_core::Quantizer;
    /// use quant_core::remedy::Remedy;
    ///
    /// let quantizer = Quantizer::new().remedies([Remedy::Equalization]);
    /// ```
    pub fn remedies(mut self, remedies: impl IntoIterator<Item = Remedy>) -> Self {
        self.remedies = remedies.into_iter().collect();
        self
    }

    /// At most so many threads of the current rayon pool run the models; weights are quantized on all of them. Another pool:
    /// `rayon::ThreadPool::install`.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Whether the outputs of both models are compared on some of the records, which is the default. Without it nothing says
    /// whether the result is worth anything.
    pub fn check(mut self, check: bool) -> Self {
        self.check = check;
        self
    }

    /// How the quantized model is executed for that comparison. What nobody says follows the scheme
    /// ([`Execution::of_scheme`]).
    ///
    /// ```
    /// use quant_core::Quantizer;
    /// use quant_core::interp::Profile;
    /// use quant_core::quantized::running::Execution;
    ///
    /// let quantizer = Quantizer::new().execution(Execution::Integers(Profile::Litert));
    /// ```
    pub fn execution(mut self, execution: Execution) -> Self {
        self.execution = Some(execution);
        self
    }

    /// Who is told what happens while it happens, for progress and warnings; called from several threads.
    pub fn tell(mut self, tell: impl Fn(Event<'_>) + Sync + 'a) -> Self {
        self.tell = Box::new(tell);
        self
    }

    /// The configuration that the stages get.
    pub fn config(&self) -> Config {
        let setting = match (self.wanted, self.scheme.decisions()) {
            (Wanted::Setting(setting), _) => setting,
            (Wanted::Default, None) => Setting::FLOAT32,
            (Wanted::Default, Some(decisions)) => decisions.setting(QuantType::Uint8, Granularity::Channel),
            (Wanted::Words(dtype, granularity), Some(decisions)) => decisions.setting(dtype, granularity),
            // The scheme says that it has no words.
            (Wanted::Words(dtype, granularity), None) => Setting {
                activations: Encoding::of(dtype, Per::Tensor),
                ..Setting::weights(Encoding::of(dtype, granularity.into()))
            },
        };
        let mut config = Config::of(self.scheme.clone(), setting);
        config.layers.clone_from(&self.own_layers);
        config.add_layers(&self.layers);
        config.input_types.clone_from(&self.inputs);
        config.output_types.clone_from(&self.outputs);
        config
    }
}
