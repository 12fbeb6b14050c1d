//! Categories: what everybody has, and one's own.

use askama::Template;
use dashtam_application::categories::{
    CategoriesError, CreateCategory, DeleteCategory, ListCategories, UpdateCategory,
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::CategoryId,
    ledger::{
        Line,
        meaning::{CategoryChange, CategoryKey, DefaultCategory, Flow, OwnCategory},
    },
};

use super::rows;
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// A group with what is in it.
struct Group {
    label: &'static str,
    flow: &'static str,
    members: Vec<&'static str>,
}

/// A category of somebody's own.
struct Own {
    id: String,
    label: String,
    group: String,
    flow: &'static str,
    is_archived: bool,
}

/// A group to choose.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "categories.html")]
struct Page {
    frame: Frame,
    own: Vec<Own>,
    groups: Vec<Group>,
    choices: Vec<Choice>,
    once: String,
    label: String,
    flow: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "category.html")]
struct One {
    frame: Frame,
    category: Own,
    label: String,
    choices: Vec<Choice>,
    flow: String,
    error: Option<String>,
}

fn flow(flow: Flow) -> &'static str {
    match flow {
        Flow::Income => "earned",
        Flow::Expense => "spent",
        Flow::Transfer => "neither earned nor spent",
    }
}

fn row(category: &OwnCategory, all: &[OwnCategory]) -> Own {
    Own {
        id: category.id.to_string(),
        label: category.label.as_str().to_owned(),
        group: category.group.map(|key| rows::label(key, all).to_owned()).unwrap_or_default(),
        flow: flow(category.flow),
        is_archived: category.is_archived,
    }
}

/// The groups that a category can be in. The one that it is in stays among them after it was put away.
fn choices(all: &[OwnCategory], but: Option<CategoryId>, chosen: &str) -> Vec<Choice> {
    let choice = |key: String, label: &str| {
        let is_chosen = key == chosen;
        (key, label.to_owned(), is_chosen)
    };
    let own = all.iter().filter(|of| of.group.is_none() && Some(of.id) != but);
    let own = own.map(|of| (of.is_archived, choice(of.id.to_string(), of.label.as_str())));
    let own = own.filter(|(away, (_, _, is_chosen))| !away || *is_chosen).map(|(_, choice)| choice);
    let known = DefaultCategory::all().iter().filter(|of| of.group.is_none());
    own.chain(known.map(|of| choice(of.key.to_owned(), of.label))).collect()
}

fn groups() -> Vec<Group> {
    let all = DefaultCategory::all().iter();
    let heads = all.filter(|category| category.group.is_none());
    let group = |head: &'static DefaultCategory| Group {
        label: head.label,
        flow: flow(head.flow),
        members: DefaultCategory::all()
            .iter()
            .filter(|category| category.group == Some(head.key))
            .map(|category| category.label)
            .collect(),
    };
    heads.map(group).collect()
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, None).await
}

async fn shown(visit: &Visit, error: Option<String>) -> Outcome {
    let all = visit.dashtam().categories().list(&visit.call, ListCategories).await?;
    Reply::page(&Page {
        frame: visit.frame("Categories", "categories"),
        own: all.iter().map(|category| row(category, &all)).collect(),
        groups: groups(),
        choices: choices(&all, None, visit.form.text("group")),
        once: visit.once(),
        label: visit.form.text("label").to_owned(),
        flow: visit.form.text("flow").to_owned(),
        error,
    })
}

/// What a form says of the group: `None` is that there is none.
fn group(visit: &Visit) -> Result<Option<CategoryKey>, String> {
    forms::optional(&visit.form, "group")
}

fn label(visit: &Visit) -> Result<Line, String> {
    visit.form.text("label").parse().map_err(|error| format!("The name {error}."))
}

/// Makes a category.
pub(crate) async fn create(visit: Visit) -> Outcome {
    let (label, group) = match (label(&visit), group(&visit)) {
        (Ok(label), Ok(group)) => (label, group),
        (Err(error), _) | (_, Err(error)) => return shown(&visit, Some(error)).await.map(forms::refused),
    };
    let present =
        |_: &OwnCategory| StoredAnswer { status: 303, body: "/categories?said=category-made".to_owned() };
    let asked = CreateCategory { label, group, flow: Flow::parse(visit.form.text("flow")) };
    match visit.dashtam().categories().create(&visit.call, asked, present).await {
        Ok(_) => Ok(Reply::to("/categories?said=category-made")),
        Err(error) if is_of_form(&error) => shown(&visit, Some(error.to_string())).await.map(forms::refused),
        Err(error) => Err(error.into()),
    }
}

/// Whether the form that was sent can mend it.
fn is_of_form(error: &CategoriesError) -> bool {
    matches!(error, CategoriesError::Taken | CategoriesError::Group(_) | CategoriesError::TooMany)
}

pub(crate) async fn edit(visit: Visit) -> Outcome {
    edited(&visit, None).await
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
async fn edited(visit: &Visit, error: Option<String>) -> Outcome {
    let id: CategoryId = visit.id()?;
    let all = visit.dashtam().categories().list(&visit.call, ListCategories).await?;
    let found = all.iter().find(|category| category.id == id);
    let category = found.ok_or_else(crate::visit::not_found)?;
    // The other forms of the page say nothing of this.
    let is_sent = visit.form.has("flow");
    let sent = |field, stored| if is_sent { visit.form.text(field).to_owned() } else { stored };
    let group = sent("group", category.group.map(|key| key.to_string()).unwrap_or_default());
    Reply::page(&One {
        frame: visit.frame(category.label.as_str(), "categories"),
        label: sent("label", category.label.as_str().to_owned()),
        choices: choices(&all, Some(id), &group),
        flow: sent("flow", category.flow.as_str().to_owned()),
        category: row(category, &all),
        error,
    })
}

/// Changes a category.
pub(crate) async fn update(visit: Visit) -> Outcome {
    let id: CategoryId = visit.id()?;
    let (label, group) = match (label(&visit), group(&visit)) {
        (Ok(label), Ok(group)) => (label, group),
        (Err(error), _) | (_, Err(error)) => return edited(&visit, Some(error)).await.map(forms::refused),
    };
    let change = CategoryChange {
        label: Some(label),
        group: Some(group),
        flow: Flow::parse(visit.form.text("flow")),
        is_archived: None,
    };
    change_to(&visit, id, change, "category-changed").await
}

/// Offers a category no longer, or again.
pub(crate) async fn archive(visit: Visit) -> Outcome {
    let id: CategoryId = visit.id()?;
    let is_archived = visit.form.text("away") == "yes";
    let change = CategoryChange { is_archived: Some(is_archived), ..CategoryChange::default() };
    let said = if is_archived { "category-archived" } else { "category-offered" };
    change_to(&visit, id, change, said).await
}

async fn change_to(visit: &Visit, id: CategoryId, change: CategoryChange, said: &str) -> Outcome {
    let asked = UpdateCategory { category: id, change };
    match visit.dashtam().categories().update(&visit.call, asked).await {
        Ok(_) => Ok(Reply::to(format!("/categories?said={said}"))),
        Err(error) if is_of_form(&error) => edited(visit, Some(error.to_string())).await.map(forms::refused),
        Err(error) => Err(error.into()),
    }
}

/// Removes a category that nothing has.
pub(crate) async fn remove(visit: Visit) -> Outcome {
    let id: CategoryId = visit.id()?;
    match visit.dashtam().categories().delete(&visit.call, DeleteCategory { category: id }).await {
        Ok(_) => Ok(Reply::to("/categories?said=category-removed")),
        Err(error @ CategoriesError::InUse) => {
            edited(&visit, Some(error.to_string())).await.map(forms::refused)
        }
        Err(error) => Err(error.into()),
    }
}
