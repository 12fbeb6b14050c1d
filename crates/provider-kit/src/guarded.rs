//! A client for addresses that came from a user or from a stranger's answer: it reaches public addresses only,
//! so that nobody can make this installation ask its own network for something, and beyond them the networks that
//! the operator names.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use dashtam_domain::{connections::ProviderError, secret::SecretText};
use ipnet::IpNet;
use reqwest::{
    RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header, redirect,
};
use url::{Host, Url};

use crate::{
    client::{Answer, Client, is_loopback, unavailable},
    lazy::LazyClient,
};

/// The addresses that a guarded client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedAddresses {
    /// Only public addresses, over https and on its own port.
    Public,
    /// Public addresses, and this machine over any scheme and port: for tests and for trying things out.
    PublicAndThisMachine,
}

/// The client. Every request is sent once, to an address that was checked when it was resolved, past any proxy
/// of the environment (a proxy would resolve the name again, unchecked). Redirects are not followed.
#[derive(Clone)]
pub struct GuardedClient {
    client: Client,
    http: LazyClient,
    /// For names on other ports or without TLS: it reaches the operator's networks and nothing else.
    within: LazyClient,
    reach: AllowedAddresses,
    networks: Arc<[IpNet]>,
}

impl fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedClient").field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl Client {
    /// A guarded client with the bounds of this one, except that an answer may take `patience`. It reaches the
    /// `networks` besides, in which any port may be asked, with TLS or without: the operator vouches for them.
    pub fn guarded(&self, reach: AllowedAddresses, networks: &[IpNet], patience: Duration) -> GuardedClient {
        let connect_timeout = self.options().connect_timeout;
        let networks: Arc<[IpNet]> = networks.into();
        let client = |names: GuardedNames| {
            LazyClient::new(move || {
                reqwest::Client::builder()
                    .connect_timeout(connect_timeout)
                    .timeout(patience)
                    .redirect(redirect::Policy::none())
                    .user_agent(concat!("Dashtam/", env!("CARGO_PKG_VERSION")))
                    .no_proxy()
                    .dns_resolver(Arc::new(names.clone()))
                    .build()
            })
        };
        let http = client(GuardedNames { reach: Some(reach), networks: networks.clone() });
        let within = client(GuardedNames { reach: None, networks: networks.clone() });
        GuardedClient { client: self.clone(), http, within, reach, networks }
    }
}

impl GuardedClient {
    /// Whether the address may be asked at all, as far as its text tells: https, the usual port, no user and no
    /// password in it, and no address of a network of our own, unless the operator allows that. Names are judged
    /// again when they are resolved.
    pub fn check(&self, url: &Url) -> Result<(), ProviderError> {
        let plain = url.username().is_empty() && url.password().is_none();
        let spoken = matches!(url.scheme(), "https" | "http");
        let reached = match url.host() {
            Some(Host::Ipv4(address)) => self.reaches(IpAddr::V4(address), url),
            Some(Host::Ipv6(address)) => self.reaches(IpAddr::V6(address), url),
            Some(Host::Domain(name)) => !name.is_empty() && (self.is_usual(url) || !self.networks.is_empty()),
            None => false,
        };
        if plain && spoken && reached { Ok(()) } else { Err(refused()) }
    }

    fn reaches(&self, address: IpAddr, url: &Url) -> bool {
        within(&self.networks, address) || (allowed(self.reach, address) && self.is_usual(url))
    }

    /// Whether the address is asked as public ones are: by TLS, on its own port. On this machine anything is usual,
    /// where that may be asked.
    fn is_usual(&self, url: &Url) -> bool {
        let here = self.reach == AllowedAddresses::PublicAndThisMachine && is_loopback(url);
        here || (url.scheme() == "https" && url.port().is_none())
    }

    /// The client that may resolve the name in this address.
    async fn http(&self, url: &Url) -> Result<&reqwest::Client, ProviderError> {
        if self.is_usual(url) { self.http.get().await } else { self.within.get().await }
    }

    /// Reads `url` once with a user name and a password.
    pub async fn get(
        &self,
        url: &Url,
        user: &SecretText,
        password: &SecretText,
    ) -> Result<Answer, ProviderError> {
        let request =
            self.http(url).await?.get(url.clone()).basic_auth(user.expose(), Some(password.expose()));
        self.send(url, request.header(header::ACCEPT, "application/json")).await
    }

    /// Sends one empty POST to `url`.
    pub async fn post_nothing(&self, url: &Url) -> Result<Answer, ProviderError> {
        let request = self.http(url).await?.post(url.clone()).header(header::CONTENT_LENGTH, "0").body("");
        self.send(url, request).await
    }

    /// Sends one POST with these headers and this body to `url`, and reads up to `kept` bytes of the answer: the rest is
    /// nobody's business, and the connection is closed on it.
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: String,
        kept: usize,
    ) -> Result<Answer, PostError> {
        self.check(url).map_err(|_| PostError::NotAllowed)?;
        let http = self.http(url).await.map_err(|_| PostError::Unreachable)?;
        let mut request = http.post(url.clone()).header(header::CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = request.send().await.map_err(|error| PostError::of(&error))?;
        let (status, retry_after) = (response.status().as_u16(), self.client.told_wait(&response));
        let mut body = Vec::new();
        while body.len() < kept {
            // What came with the status counts: an answer that breaks off was one.
            let Ok(Some(chunk)) = response.chunk().await else { break };
            let room = kept - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        }
        Ok(Answer { status, body, retry_after })
    }

    async fn send(&self, url: &Url, request: RequestBuilder) -> Result<Answer, ProviderError> {
        self.check(url)?;
        let response = request
            .send()
            .await
            .map_err(|error| if is_refusal(&error) { refused() } else { unavailable(&error) })?;
        self.client.whole(response).await
    }
}

/// Why there was no answer to a [`GuardedClient::post`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The address is one that must not be reached.
    #[error("the address must not be reached")]
    NotAllowed,
    /// The answer did not begin in time.
    #[error("there was no answer in time")]
    TimedOut,
    /// Nobody could be reached, or the connection broke.
    #[error("nobody could be reached")]
    Unreachable,
}

impl PostError {
    fn of(error: &reqwest::Error) -> Self {
        tracing::debug!(timeout = error.is_timeout(), connect = error.is_connect(), "no usable answer");
        if is_refusal(error) {
            Self::NotAllowed
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Unreachable
        }
    }
}

fn refused() -> ProviderError {
    ProviderError::Rejected { code: "address_not_allowed".to_owned() }
}

/// The name leads to an address that must not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that must not be reached")]
struct Refusal;

fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if at.is::<Refusal>() {
            return true;
        }
        cause = at.source();
    }
    false
}

/// Resolves names, and gives no address away unless all of a name's addresses may be reached: the address that
/// was judged is the one that is connected to.
#[derive(Debug, Clone)]
struct GuardedNames {
    /// What may be reached beside the networks; nothing, if `None`.
    reach: Option<AllowedAddresses>,
    networks: Arc<[IpNet]>,
}

impl GuardedNames {
    fn admit(&self, address: IpAddr) -> bool {
        within(&self.networks, address) || self.reach.is_some_and(|reach| allowed(reach, address))
    }
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| names.admit(address.ip())) {
                return Err(Refusal.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether the address is in a network that the operator named.
fn within(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

fn allowed(reach: AllowedAddresses, address: IpAddr) -> bool {
    let here = reach == AllowedAddresses::PublicAndThisMachine && address.is_loopback();
    here || match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

/// Everything but the special-purpose blocks of RFC 6890 and its successors.
fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

/// Global unicast without the blocks for special purposes. An address that carries an IPv4 address is judged
/// by that.
fn public_v6(address: Ipv6Addr) -> bool {
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low),
        [0x2002, high, low, ..] => carried(high, low),
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[path = "guarded_tests.rs"]
mod tests;
