//! Writing side of the connections area.

mod credentials;
mod instances;
mod sync_runs;

pub(crate) use instances::due;
