//! What the money means: categories, and who decided them.

mod category;
mod converting;
mod own;
mod payee;
mod ports;
pub mod rule;
mod taxonomy;
mod totals;

pub use category::{CategorizedBy, CategoryChoice, CategoryFilter, CategoryKey, CategoryKeyError, Flow};
pub use converting::RatesUsed;
pub use own::{CategoryChange, CategoryError, OwnCategory};
pub use payee::{Learned, Payee, PayeeName};
pub use ports::*;
pub use taxonomy::DefaultCategory;
pub use totals::{Grouping, Summed, Total, TotalOf, Totals};
