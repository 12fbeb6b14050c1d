//! What the application keeps for its handlers: services and options.

use actix_web::{HttpRequest, web::Data};

use crate::problem::Problem;

/// A service of the application, or its options.
pub(crate) fn state<T: 'static>(request: &HttpRequest) -> Result<&T, Problem> {
    request
        .app_data::<Data<T>>()
        .map(Data::get_ref)
        .ok_or_else(|| Problem::internal(format!("{} is not registered", std::any::type_name::<T>())))
}
