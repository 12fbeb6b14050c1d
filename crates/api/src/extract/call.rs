//! Who calls, from where and when: the only place that makes a [`Call`].

use std::{marker::PhantomData, net::IpAddr, ops::Deref};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use dashtam_application::{
    Request,
    sessions::{SessionError, Sessions, Shown},
};
use dashtam_domain::{
    access::Access,
    call::{Call, Caller, ClientInfo},
    time::Timestamp,
};
use futures_util::{FutureExt, future::LocalBoxFuture};

use super::{
    credential::Credential,
    known::{refuse_unknown, unwanted},
    limiting::Limiting,
    own_page::{csrf, from_own_page, is_safe},
    turn::{caller_is_known, caller_is_sought},
};
use crate::{
    client::client_info, cookies::Renewal, door::is_reserved, endpoint::Target, options::ApiOptions,
    problem::Problem, state::state,
};

/// The circumstances of a call of the use case `R`, authenticated if `R` wants it.
pub(crate) struct CallFor<R> {
    call: Call,
    request: PhantomData<R>,
}

impl<R> CallFor<R> {
    /// The call, to be handed to a task of its own.
    pub(crate) fn into_inner(self) -> Call {
        self.call
    }
}

impl<R> Deref for CallFor<R> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl<R: Request> FromRequest for CallFor<R> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let unwanted = unwanted(&request, payload);
        caller_is_sought(&request);
        async move {
            let call = identify(&request, R::ACCESS).await?;
            refuse_unknown(&request, unwanted).await?;
            Ok(Self { call, request: PhantomData })
        }
        .boxed_local()
    }
}

/// Finds out the circumstances of a request and whether it may go on.
pub(super) async fn identify(request: &HttpRequest, access: Access) -> Result<Call, Problem> {
    Gate::open(request, access).await?.pass(csrf(request.headers()), from_own_page).await
}

/// A request whose client may send one more, before its caller is known.
pub(crate) struct Gate<'a> {
    request: &'a HttpRequest,
    access: Access,
    now: Timestamp,
    client: ClientInfo,
    limits: Option<Limiting<'a>>,
}

impl<'a> Gate<'a> {
    /// Counts a request for the limits of its client.
    pub(crate) async fn open(request: &'a HttpRequest, access: Access) -> Result<Self, Problem> {
        let declared = Target::of(request).and_then(|target| target.access(request.method()));
        debug_assert!(
            declared.is_none_or(|declared| declared == access),
            "the endpoint names another use case than its handler"
        );
        let options = state::<ApiOptions>(request)?;
        let now = options.sources.clock.now();
        let public = is_public(access);
        // The little room that is left is for those who are signed in. Whether this one is, is found out before its body
        // is read.
        if public && is_reserved(request) {
            return Err(Problem::crowded());
        }
        let client = client_info(request, &options.trusted_proxies);
        let limits = Limiting::of(request, options, client.address, now);
        if let Some(limits) = &limits {
            limits.before(public).await?;
        }
        Ok(Self { request, access, now, client, limits })
    }

    /// Finds out the caller. `csrf` is the token that a write shows, and `own` tells whether it comes from a page of ours.
    pub(crate) async fn pass(
        self,
        csrf: &str,
        own: fn(&HttpRequest) -> Result<(), Problem>,
    ) -> Result<Call, Problem> {
        let Self { request, access, now, client, limits } = self;
        let caller = match authenticate(request, access, client.address, now, csrf, own).await {
            Ok(caller) => caller,
            Err(problem) => {
                if let (Some(limits), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) =
                    (&limits, problem.status())
                {
                    limits.unknown().await?;
                }
                return Err(problem);
            }
        };
        if let Some(limits) = &limits {
            limits.known(&caller).await?;
        }
        let call = Call { now, caller, client, once: None };
        call.permits(access)?;
        caller_is_known(request);
        Ok(call)
    }
}

/// Whether whoever sent a request that reads may still call use cases of this rule. A store that does not answer is no
/// reason to say no.
pub(crate) async fn still_may(request: &HttpRequest, access: Access) -> bool {
    let (Ok(options), Ok(sessions)) = (state::<ApiOptions>(request), state::<Sessions>(request)) else {
        return false;
    };
    let now = options.sources.clock.now();
    let client = client_info(request, &options.trusted_proxies);
    let shown = match Credential::of(request.headers()) {
        Ok(Credential::Bearer(token)) => Shown::Bearer(token),
        Ok(Credential::Cookie(cookie)) => Shown::Cookie(cookie),
        Err(_) => return false,
    };
    match sessions.recheck(shown, client.address, now).await {
        Ok(principal) => {
            let call = Call { now, caller: Caller::User(principal), client, once: None };
            call.permits(access).is_ok()
        }
        Err(SessionError::Common(_)) => true,
        Err(_) => false,
    }
}

fn is_public(access: Access) -> bool {
    matches!(access, Access::Public | Access::System)
}

/// Who calls a use case of this rule.
async fn authenticate(
    request: &HttpRequest,
    access: Access,
    from: Option<IpAddr>,
    now: Timestamp,
    csrf: &str,
    own: fn(&HttpRequest) -> Result<(), Problem>,
) -> Result<Caller, Problem> {
    match access {
        Access::Public | Access::System => Ok(Caller::Anyone),
        Access::User(needs) | Access::Administrator(needs) | Access::Manager(needs) => {
            let shown = match Credential::of(request.headers())? {
                Credential::Bearer(token) => Shown::Bearer(token),
                Credential::Cookie(cookie) if is_safe(request.method()) => {
                    // An authorization begins by GET, because browsers are sent there: by our pages, not by others'.
                    if needs.changes {
                        own(request)?;
                    }
                    Shown::Cookie(cookie)
                }
                Credential::Cookie(cookie) => {
                    own(request)?;
                    Shown::Write { cookie, csrf }
                }
            };
            let found = state::<Sessions>(request)?.authenticate(shown, from, now).await?;
            if let (Some(until), Shown::Cookie(cookie) | Shown::Write { cookie, .. }) =
                (found.renew_cookie, shown)
            {
                Renewal::note(request, cookie, until, now);
            }
            Ok(Caller::User(found.principal))
        }
    }
}
