//! The listeners: who is let in, over TLS or plainly, and how connections end that keep others out.

mod client;
mod opening;
mod room;
mod tls;

use std::{io, net::TcpListener, rc::Rc, sync::Arc, time::Duration};

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{App, Error, body::BoxBody, dev::AppConfig};
use dashtam_api::{Connection, Serves};

use client::Client;
pub(crate) use opening::{Deadlines, Door};
pub(crate) use room::limits;
pub(crate) use tls::acceptor;

/// How long requests under way may take after a signal to stop.
pub(crate) const GRACE_SECONDS: u64 = 15;
/// How long a client that was answered may take to close its side.
const GOODBYE: Duration = Duration::from_secs(1);

/// A server for what `app` makes, once for each of `workers` threads; zero takes one per processor.
pub(crate) fn serve<F, S>(
    door: &Arc<Door>,
    listener: TcpListener,
    workers: usize,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> App<S> + Clone + Send + 'static,
    S: Serves + 'static,
{
    let mut builder = Server::build().disable_signals().shutdown_timeout(GRACE_SECONDS);
    if workers > 0 {
        builder = builder.workers(workers);
    }
    let stopping = builder.graceful_shutdown_signal();
    let name = listener.local_addr()?.to_string();
    let door = door.clone();
    let builder = builder.listen(name, listener, move || {
        let (door, stopping) = (door.clone(), stopping.clone());
        let deadlines = door.deadlines;
        // The address and name in a configuration are for making links, which our routes do from settings.
        let app = map_config(app().into_factory().map_err(|error: Error| error.error_response()), |_: ()| {
            AppConfig::default()
        });
        let http = HttpService::<Client, _, BoxBody>::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(deadlines.idle))
            .client_request_timeout(deadlines.head)
            .client_disconnect_timeout(GOODBYE)
            .on_connect_ext(|client: &Client, data| {
                data.insert::<Rc<Connection>>(client.connection().clone());
            })
            .finish::<_, BoxBody>(app)
            // Why a connection ended is the client's business; what was wrong with us, requests say.
            .map_err(|_| ());
        fn_service(move |socket| {
            let door = door.clone();
            async move { door.open(socket).await.ok_or(()) }
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}
