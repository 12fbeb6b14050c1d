//! Linking an institution: choosing it, hearing what happens, and proving at the institution or by a secret that one may.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    authorization::{LinkWithSecret, PollAuthorization, Polled, StartAuthorization},
    connections::{CreateConnection, GetConnection, WayOfLinking},
};
use dashtam_domain::{
    connections::{Alias, ConnectionOverview, Feature, ProviderDescriptor, ProviderKey, SecretField},
    delivery::idempotency::StoredAnswer,
    fault::FieldError,
    id::ConnectionId,
    secret::SecretText,
};

use super::connections::{institution, linking};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::{Visit, not_found},
};

/// An institution to choose.
struct Choice {
    key: String,
    name: String,
    about: String,
    is_pretend: bool,
    missing: Option<String>,
}

#[derive(Template)]
#[template(path = "link_choose.html")]
struct Choose {
    frame: Frame,
    choices: Vec<Choice>,
    others: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "link_explain.html")]
struct Explain {
    frame: Frame,
    key: String,
    name: String,
    is_pretend: bool,
    by_redirect: bool,
    reads: Vec<&'static str>,
    alias: String,
    error: Option<String>,
    once: String,
}

#[derive(Template)]
#[template(path = "link_go.html")]
struct Go {
    frame: Frame,
    id: String,
    name: String,
    institution: String,
    is_pretend: bool,
    /// Whether the way back is a button of ours: the institution is asked how it ended.
    is_hosted: bool,
    url: String,
}

#[derive(Template)]
#[template(path = "link_wait.html")]
struct Wait {
    frame: Frame,
    id: String,
    name: String,
    institution: String,
}

#[derive(Template)]
#[template(path = "link_secret.html")]
struct Secret {
    frame: Frame,
    id: String,
    name: String,
    institution: String,
    fields: Vec<(&'static SecretField, Option<String>)>,
    error: Option<String>,
}

/// Every institution of this installation.
pub(crate) async fn choose(visit: Visit) -> Outcome {
    let all = visit.dashtam().connections().available();
    let choice = |descriptor: ProviderDescriptor| Choice {
        key: descriptor.key.as_str().to_owned(),
        is_pretend: is_pretend(&descriptor.key),
        name: descriptor.name,
        about: descriptor.description,
        missing: descriptor.missing_configuration,
    };
    let (choices, others): (Vec<_>, Vec<_>) =
        all.into_iter().map(choice).partition(|choice| choice.missing.is_none());
    Reply::page(&Choose { frame: visit.frame("Link an institution", "connections"), choices, others })
}

/// Whether it is the built-in bank that pretends.
pub(crate) fn is_pretend(key: &ProviderKey) -> bool {
    key.as_str() == "sandbox"
}

/// The institution that the address names.
fn descriptor(visit: &Visit) -> Result<ProviderDescriptor, Problem> {
    let key = visit.request.match_info().get("id").unwrap_or_default();
    let mut all = visit.dashtam().connections().configured().into_iter();
    all.find(|descriptor| descriptor.key.as_str() == key).ok_or_else(not_found)
}

/// What linking means, and a name for it.
pub(crate) async fn explain(visit: Visit) -> Outcome {
    let descriptor = descriptor(&visit)?;
    let alias = descriptor.name.clone();
    explained(&visit, descriptor, alias, None)
}

fn explained(visit: &Visit, descriptor: ProviderDescriptor, alias: String, error: Option<String>) -> Outcome {
    let way = visit.dashtam().connections().way_of_linking(&descriptor.key);
    let reads = descriptor.features.iter().filter_map(|feature| match feature {
        Feature::Accounts => Some("your accounts and their balances"),
        Feature::Transactions => Some("their transactions"),
        Feature::Holdings => Some("what you hold in them"),
        Feature::Oauth2 | Feature::HostedLink => None,
    });
    Reply::page(&Explain {
        frame: visit.frame(format!("Link {}", descriptor.name), "connections"),
        key: descriptor.key.as_str().to_owned(),
        is_pretend: is_pretend(&descriptor.key),
        by_redirect: is_elsewhere(way),
        reads: reads.collect(),
        name: descriptor.name,
        alias,
        error,
        once: visit.once(),
    })
}

/// Makes the connection, and goes on to link it.
pub(crate) async fn begin(visit: Visit) -> Outcome {
    let descriptor = descriptor(&visit)?;
    let typed = visit.form.text("name").to_owned();
    let refused = |error: String, status: StatusCode| -> Outcome {
        Ok(explained(&visit, descriptor.clone(), typed.clone(), Some(error))?.with_status(status))
    };
    let alias: Alias = match typed.parse() {
        Ok(alias) => alias,
        Err(error) => return refused(format!("The name {error}."), StatusCode::UNPROCESSABLE_ENTITY),
    };
    let by_redirect = is_elsewhere(visit.dashtam().connections().way_of_linking(&descriptor.key));
    let present = if by_redirect { authorized_at } else { pasted_at };
    let request = CreateConnection { provider_key: descriptor.key.as_str().to_owned(), alias };
    match visit.dashtam().connections().create(&visit.call, request, present).await.map_err(Problem::from) {
        Ok(made) => Ok(Reply::to(linking(&visit, &made.connection))),
        Err(problem) if problem.code() == "alias-taken" => refused(
            "You have a connection of this name already. Choose another one.".to_owned(),
            problem.status(),
        ),
        Err(problem) => Err(problem),
    }
}

fn authorized_at(made: &ConnectionOverview) -> StoredAnswer {
    StoredAnswer { status: 303, body: format!("/connections/{}/authorize", made.connection.id) }
}

fn pasted_at(made: &ConnectionOverview) -> StoredAnswer {
    StoredAnswer { status: 303, body: format!("/connections/{}/link", made.connection.id) }
}

/// Whether one signs in at the institution's own site.
fn is_elsewhere(way: Option<WayOfLinking>) -> bool {
    matches!(way, Some(WayOfLinking::Redirect | WayOfLinking::Hosted))
}

/// Begins an authorization, and shows the way to the institution: a form of ours may lead nowhere else, a link may.
pub(crate) async fn authorize(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let overview = dashtam.connections().get(call, GetConnection { connection: id }).await?;
    let started = dashtam.authorization().start(call, StartAuthorization { connection: id }).await?;
    let institution = institution(&visit, &overview.connection);
    let way = dashtam.connections().way_of_linking(&overview.connection.provider);
    Reply::page(&Go {
        frame: visit.frame(format!("Go on at {institution}"), "connections"),
        id: id.to_string(),
        name: started.alias.as_str().to_owned(),
        is_pretend: is_pretend(&overview.connection.provider),
        institution,
        is_hosted: way == Some(WayOfLinking::Hosted),
        url: started.url.to_string(),
    })
}

/// Asks the institution whether one has finished there.
pub(crate) async fn finish(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let overview = dashtam.connections().get(call, GetConnection { connection: id }).await?;
    let polled = dashtam.authorization().poll(call, PollAuthorization { connection: id }).await;
    match polled.map_err(Problem::from) {
        Ok(Polled::Linked(_)) => Ok(Reply::to(format!("/connections/{id}?said=linked"))),
        Ok(Polled::UnderWay) => {
            let institution = institution(&visit, &overview.connection);
            Reply::page(&Wait {
                frame: visit.frame(format!("Not finished at {institution} yet"), "connections"),
                id: id.to_string(),
                name: overview.connection.alias.as_str().to_owned(),
                institution,
            })
        }
        // It may have been taken a moment ago, by the way back or in another window: the connection says how it stands.
        Err(problem) if problem.code() == "no-authorization-under-way" => {
            Ok(Reply::to(format!("/connections/{id}")))
        }
        Err(problem) => Err(problem),
    }
}

/// Asks for the secret that an institution is linked by.
pub(crate) async fn ask_secret(visit: Visit) -> Outcome {
    secret(&visit, &[], None).await
}

async fn secret(visit: &Visit, wrong: &[FieldError], error: Option<String>) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let overview = visit.dashtam().connections().get(&visit.call, GetConnection { connection: id }).await?;
    let connection = &overview.connection;
    let way = visit.dashtam().connections().way_of_linking(&connection.provider);
    let Some(WayOfLinking::Secret(fields)) = way else {
        return Ok(Reply::to(linking(visit, connection)));
    };
    let told = |field: &'static SecretField| {
        let wrong = wrong.iter().find(|wrong| wrong.field == field.name);
        (field, wrong.map(|wrong| wrong.message.clone()))
    };
    let institution = institution(visit, connection);
    Reply::page(&Secret {
        frame: visit.frame(format!("Link {institution}"), "connections"),
        id: id.to_string(),
        name: connection.alias.as_str().to_owned(),
        institution,
        fields: fields.iter().map(told).collect(),
        error,
    })
}

/// Links by what was pasted.
pub(crate) async fn paste(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let overview = visit.dashtam().connections().get(&visit.call, GetConnection { connection: id }).await?;
    let way = visit.dashtam().connections().way_of_linking(&overview.connection.provider);
    let Some(WayOfLinking::Secret(fields)) = way else { return Err(not_found()) };
    let secrets: BTreeMap<String, SecretText> = fields
        .iter()
        .map(|field| (field.name.to_owned(), SecretText::new(visit.form.text(field.name))))
        .collect();
    let request = LinkWithSecret { connection: id, secrets };
    match visit.dashtam().authorization().link_with_secret(&visit.call, request).await.map_err(Problem::from)
    {
        Ok(_) => Ok(Reply::to(format!("/connections/{id}?said=linked"))),
        Err(problem) if matches!(problem.code(), "invalid-request" | "link-failed") => {
            let wrong = problem.fields().to_vec();
            let error = wrong.is_empty().then(|| problem.detail().to_owned());
            Ok(secret(&visit, &wrong, error).await?.with_status(problem.status()))
        }
        Err(problem) => Err(problem),
    }
}
