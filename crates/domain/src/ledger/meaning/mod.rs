//! What the money means: categories, and who decided them.

mod category;
mod own;
mod ports;
mod taxonomy;
mod totals;

pub use category::{CategorizedBy, CategoryChoice, CategoryFilter, CategoryKey, CategoryKeyError, Flow};
pub use own::{CategoryChange, CategoryError, OwnCategory};
pub use ports::*;
pub use taxonomy::DefaultCategory;
pub use totals::{Grouping, Total, TotalOf, Totals};
