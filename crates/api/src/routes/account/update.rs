//! `PATCH /api/v1/auth/me`: changes what the account tells of the person.

use actix_web::web::Data;
use dashtam_application::profile::{Profile, UpdateProfile};
use dashtam_domain::identity::{ContactError, Degrees};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::ProfileProblems, prelude::*, views::UserView};

endpoint!(UpdateProfile, limits: [AccountChange]);

/// What shall be different. What is left out stays; null empties what may be empty.
#[derive(Deserialize, ToSchema)]
struct UpdateProfileBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Text,
    /// Only the present address is taken; another one goes to `POST /api/v1/auth/me/email`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email, max_length = 128)]
    email: Text,
    /// An optional `+` and 7 to 15 digits.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^[ .()-]*\+?([ .()-]*[0-9]){7,15}[ .()-]*$")]
    phone: Field,
    /// 3 to 64 of the characters a-z, 0-9, `.`, `_` and `-`; nobody else may have it.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\s*[A-Za-z0-9][A-Za-z0-9._-]{1,62}[A-Za-z0-9]\s*$")]
    login: Field,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 128, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    map: Field,
    #[serde(default)]
    #[schema(value_type = f64, required = false, minimum = -90, maximum = 90)]
    latitude: Field,
    #[serde(default)]
    #[schema(value_type = f64, required = false, minimum = -180, maximum = 180)]
    longitude: Field,
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 0, maximum = 22)]
    zoom: Field,
    /// A JSON Merge Patch (RFC 7396). What comes of it may have 4000 characters.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    attributes: Field,
}

/// The longest name of a layer, in characters.
const LAYER: usize = 128;

fn contact_code(error: &ContactError) -> &'static str {
    match error {
        ContactError::Phone | ContactError::Login => "malformed",
    }
}

impl UpdateProfileBody {
    fn parse(self) -> Result<UpdateProfile, Problem> {
        let mut checks = Checks::default();
        let given = |text: &Text| !matches!(text, Text::Missing);
        let degrees = |limit: f64| move |number| Degrees::new(number, limit);
        let map = checks.clearable_text("map", self.map);
        if map
            .iter()
            .flatten()
            .any(|layer| layer.chars().count() > LAYER || layer.chars().any(char::is_control))
        {
            checks.broken(
                "map",
                "malformed",
                "This field must be at most 128 characters long, without control characters.",
            );
        }
        let request = UpdateProfile {
            name: given(&self.name).then(|| checks.person_name("name", self.name)).flatten(),
            email: given(&self.email).then(|| checks.email("email", self.email)).flatten(),
            phone: checks.clearable("phone", self.phone, contact_code),
            login: checks.clearable("login", self.login, contact_code),
            map,
            latitude: checks.given_real(
                "latitude",
                &self.latitude,
                "This field must be a number from -90 to 90.",
                degrees(90.0),
            ),
            longitude: checks.given_real(
                "longitude",
                &self.longitude,
                "This field must be a number from -180 to 180.",
                degrees(180.0),
            ),
            zoom: checks.given_number("zoom", &self.zoom, 0..=22),
            attributes: checks.clearable_object("attributes", self.attributes),
        };
        checks.finish()?;
        Ok(request)
    }
}

/// Change what the caller's account tells of the person.
#[utoipa::path(patch, path = "/api/v1/auth/me", tag = "auth", request_body = UpdateProfileBody,
    responses((status = OK, body = UserView), ProfileProblems))]
async fn handle(asked: Asked<UpdateProfile, Json<UpdateProfileBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(Answer::ok(&UserView::from(&profile.update(&call, body.parse()?).await?)))
}
