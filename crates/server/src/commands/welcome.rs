//! What a start says to people: where they begin.

use anyhow::{Context, Result};
use dashtam_application::{
    Dashtam,
    registration::{MakeSetUpLink, SET_UP_LINK},
};
use dashtam_domain::{call::Call, sources::Sources};
use url::Url;

use super::tell;

/// Says where people begin: at the link that makes the first account, or at the pages.
pub(super) async fn welcome(dashtam: &Dashtam, sources: &Sources, public_url: &Url) -> Result<()> {
    let call = Call::system(sources.clock.now());
    let link = dashtam.registration().make_set_up_link(&call, MakeSetUpLink).await;
    let words = match link.context("the link for the first account cannot be made")? {
        Some(link) => {
            let hours = SET_UP_LINK.num_hours();
            format!("There is no account yet. Make the first one within {hours} hours:\n\n    {link}\n")
        }
        None => format!("Open {public_url}"),
    };
    tell(&words);
    Ok(())
}
