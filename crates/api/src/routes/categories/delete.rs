//! `DELETE /api/v1/categories/{category_id}`: removes a category that nothing has.

use actix_web::web::Data;
use dashtam_application::categories::{Categories, DeleteCategory};
use dashtam_domain::id::CategoryId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, CategoryView},
};

endpoint!(DeleteCategory, limits: [Correction]);

/// Remove a category of the caller's own, and show it as it was.
///
/// One that a transaction has, that a rule names, or that holds others, is refused with `category-in-use`: archive it instead.
#[utoipa::path(delete, path = "/api/v1/categories/{category_id}", tag = "categories",
    params(("category_id" = views::Id, Path)), responses((status = OK, body = CategoryView), ThingProblems))]
async fn handle(call: CallFor<DeleteCategory>, id: Id<CategoryId>, categories: Data<Categories>) -> Answered {
    let category = categories.delete(&call, DeleteCategory { category: id.0 }).await?;
    Ok(Answer::ok(&CategoryView::from(&category)))
}
