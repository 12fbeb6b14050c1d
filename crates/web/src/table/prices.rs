//! The pages of prices of one's own.

use dashtam_api::Rule;
use dashtam_application::{
    Request,
    portfolio::{ImportPrices, ListPriceSeries, RemovePrices},
};
use futures_util::FutureExt;

use crate::{
    gate::{Handler, Row},
    pages::portfolio::prices,
};

pub(super) static PAGES: &[Row] = &[
    look!("/portfolio/prices", prices::show, ListPriceSeries::ACCESS, [Default])
        .sending(handler!(prices::send), ImportPrices::ACCESS, &[Rule::Import])
        .with_file(),
    form!("/portfolio/prices/remove", prices::remove, RemovePrices::ACCESS, [Import]),
];
