#![doc = include_str!("../README.md")]

mod assets;
mod bars;
mod chart;
mod forms;
mod frame;
mod gate;
mod pages;
mod reply;
mod table;
mod visit;
mod words;

use actix_web::web::{Data, ServiceConfig};
use dashtam_api::ApiOptions;
use dashtam_application::Dashtam;

/// Registers the pages: to be given to the edge as [`ApiOptions::pages`].
pub fn pages(dashtam: &Dashtam, options: &ApiOptions, config: &mut ServiceConfig) {
    config.app_data(Data::new(visit::Site::new(dashtam, options)));
    assets::configure(config);
    table::configure(config);
}

/// Every page as its path, its methods and whether a stranger may look at it, for tests that hold every one of them to the
/// same rules.
#[doc(hidden)]
pub fn outline() -> Vec<(&'static str, bool, bool, bool)> {
    table::outline()
}
