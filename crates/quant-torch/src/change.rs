//! What is changed in a checkpoint as a whole.

use crate::checkpoint::{Checkpoint, Format};
use crate::dtype::DType;
use crate::error::{Error, Place, Problem, Result};
use crate::pickle::Object;
use crate::reference::reference;

impl Checkpoint {
    /// Changes the format in which it is written, as `torch.load` and `torch.save` would: storages are numbered.
    ///
    /// # Errors
    /// It holds what the format cannot: the source code of modules, views of storages, or types that are too new.
    pub fn set_format(&mut self, format: Format) -> Result<()> {
        if self.format == format {
            return Ok(());
        }
        let mut names = Vec::new();
        for id in self.persistents() {
            let Some(reference) = reference(&self.graph, id)? else {
                return Err(Error::new(
                    "",
                    Problem::Program("the checkpoint holds the source code of modules".into()),
                    "save its state_dict alone",
                ));
            };
            if reference.view.is_some() {
                let place = format!("storage {}", reference.key);
                return Err(Error::new(
                    place,
                    Problem::Type("it is a view of another".into()),
                    "save it with a newer torch",
                ));
            }
            if reference.dtype == DType::Untyped && format == Format::Legacy {
                return Err(Error::new(
                    Place::storage(&reference.key),
                    Problem::Type("its type is too new for the legacy format".into()),
                    "keep the zip format",
                ));
            }
            names.push(reference);
        }
        let nothing = self.graph.add(Object::None)?;
        for reference in names {
            let place = self.storages.place(&reference.key).unwrap_or_default();
            let key = self.graph.text(place.to_string())?;
            if let Object::Tuple(items) = self.graph.get_mut(reference.tuple)? {
                items.truncate(5);
                if format == Format::Legacy {
                    items.push(nothing);
                }
                if let Some(item) = items.get_mut(2) {
                    *item = key;
                }
            }
        }
        self.storages.renumber();
        self.start(format);
        Ok(())
    }

    /// Forgets what identifies the file that was read, as a changed checkpoint has to.
    pub fn forget_identity(&mut self) {
        self.records
            .retain(|record| record.name != ".data/serialization_id");
    }

    /// Says that every tensor lies in main memory, as `torch.load(…, map_location='cpu')` does.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn move_to_cpu(&mut self) -> Result<()> {
        let cpu = self.graph.text("cpu")?;
        for id in self.persistents() {
            let Some(reference) = reference(&self.graph, id)? else {
                continue;
            };
            if let Object::Tuple(items) = self.graph.get_mut(reference.tuple)?
                && let Some(location) = items.get_mut(3)
            {
                *location = cpu;
            }
        }
        Ok(())
    }
}
