//! Signs in by the generated client and reads the one account there is.

use std::{env, error::Error};

#[allow(warnings, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/dashtam.rs"));
}

use generated::dashtam::{HttpClient, Login, LoginBodyBuilder};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [base, email, password, account] = arguments.as_slice() else {
        return Err(
            "say the address of the API, an e-mail address, its password and the id of its account".into()
        );
    };
    let stranger = HttpClient::new().with_base_url(base);
    let body = LoginBodyBuilder::new(password.clone()).email(email.clone()).build();
    let Login::TokenLogin(session) = stranger.sign_in_with_password(body).await? else {
        return Err("the session is held by a cookie".into());
    };
    let client = HttpClient::new().with_base_url(base).with_api_key(session.access_token);
    let page = client.accounts_list(None::<&str>, Some(10), None::<&str>).await?;
    let read: Vec<String> = page.items.iter().map(|item| item.id.to_string()).collect();
    if read != [account.as_str()] {
        return Err(format!("another account: {read:?}").into());
    }
    println!("the Rust client signed in and read the account");
    Ok(())
}
