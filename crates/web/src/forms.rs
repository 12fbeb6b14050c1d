//! Texts of forms.

use std::str::FromStr;

use actix_web::http::StatusCode;
use askama::Template;
use dashtam_api::visit::Fields;
use dashtam_domain::{
    fault::FieldError,
    ledger::{Tag, Tags},
};

use crate::reply::{Outcome, Reply};

/// What is wrong with the fields of a form.
#[derive(Default)]
pub(crate) struct Wrong(Vec<FieldError>);

impl Wrong {
    pub(crate) fn at(field: &str, message: impl Into<String>) -> Self {
        Self(vec![FieldError::new(field, "wrong", message)])
    }

    pub(crate) fn of_fields(errors: &[FieldError]) -> Self {
        Self(errors.to_vec())
    }

    /// What is wrong with a field, if anything is.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn note(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, "wrong", message));
    }

    /// The page with what is wrong, and a status that says so.
    pub(crate) fn shown(&self, page: &impl Template) -> Outcome {
        shown(page, !self.is_empty())
    }
}

/// What a field says, if it says something; or what is wrong with it, as a sentence.
pub(crate) fn optional<T>(form: &Fields, name: &str) -> Result<Option<T>, String>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    match lines(form.text(name)).as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error: T::Err| format!("This {error}.")),
    }
}

/// A text of several lines, which forms end as typewriters do.
pub(crate) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Tags with commas between them.
pub(crate) fn tags(text: &str) -> Result<Tags, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let tags: Result<Vec<Tag>, _> = words.map(str::parse).collect();
    let tags = tags.map_err(|error| format!("Each tag {error}."))?;
    Tags::new(tags).ok_or_else(|| format!("There may be at most {} tags.", Tags::MOST))
}

/// The page of a form, which is refused where something is wrong with it.
pub(crate) fn shown(page: &impl Template, is_wrong: bool) -> Outcome {
    let reply = Reply::page(page)?;
    Ok(if is_wrong { refused(reply) } else { reply })
}

/// The page that shows a form again, because of what is wrong with it.
pub(crate) fn refused(reply: Reply) -> Reply {
    reply.with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
