//! `GET /api/v1/categories`: lists categories.

use actix_web::web::Data;
use dashtam_application::categories::{Categories, ListCategories};
use dashtam_domain::{id::AccountId, ledger::meaning::DefaultCategory};

use crate::{answer, openapi::ListProblems, prelude::*, views::CategoryView};

endpoint!(ListCategories);

/// List all categories: those that everybody has, each group before what it holds, then the caller's own.
#[utoipa::path(get, path = "/api/v1/categories", tag = "categories",
    responses((status = OK, body = List<CategoryView>), ListProblems))]
async fn handle(call: CallFor<ListCategories>, categories: Data<Categories>) -> Answered {
    let own = categories.list(&call, ListCategories).await?;
    let everybodys = DefaultCategory::all().iter().map(CategoryView::from);
    let views: Vec<CategoryView<'_>> = everybodys.chain(own.iter().map(CategoryView::from)).collect();
    Ok(answer::list(&views, None::<&AccountId>, CategoryView::SIZE, |view| view))
}
