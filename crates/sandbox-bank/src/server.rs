//! The server: routes, start and stop.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, ServiceConfig},
};

use crate::{
    bank::Bank,
    data,
    grants::store::Store,
    oauth,
    options::{Client, Options},
};

/// Larger forms are refused; the bank knows none so large.
const LARGEST_FORM: usize = 16 * 1024;
const SHUTDOWN_SECONDS: u64 = 2;

/// A bank that is not started yet.
pub struct SandboxBank;

impl SandboxBank {
    /// Starts a bank on a Tokio runtime. It serves until it is stopped or dropped.
    ///
    /// Fails when it cannot listen, or cannot read or write its state file. A state file that is broken or not
    /// the bank's own is renamed to `….broken`, and the bank opens without grants.
    pub async fn start(options: Options) -> io::Result<RunningBank> {
        let listener = TcpListener::bind(options.listen)?;
        let addr = listener.local_addr()?;
        let state_file = options.state_file.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(state_file));
        let store = store.await.map_err(io::Error::other)??;
        let bank = web::Data::new(Bank::new(options, store));
        let shared = web::Data::clone(&bank);
        let server =
            HttpServer::new(move || App::new().app_data(web::Data::clone(&shared)).configure(routes))
                .workers(1)
                .disable_signals()
                .shutdown_timeout(SHUTDOWN_SECONDS)
                .listen(listener)?
                .run();
        let handle = server.handle();
        let task = tokio::spawn(server);
        tracing::info!(%addr, "sandbox bank is open");
        Ok(RunningBank { addr, bank, handle, task: Some(task) })
    }
}

/// A bank that is running.
pub struct RunningBank {
    addr: SocketAddr,
    bank: web::Data<Bank>,
    handle: ServerHandle,
    task: Option<tokio::task::JoinHandle<io::Result<()>>>,
}

impl RunningBank {
    /// The address it listens on.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://` and where it listens, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Makes an application known, in place of one with the same id.
    pub fn register_client(&self, client: Client) {
        self.bank.register(client);
    }

    /// Finishes the calls under way, then stops.
    pub async fn stop(mut self) -> io::Result<()> {
        self.handle.stop(true).await;
        match self.task.take() {
            Some(task) => task.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}

impl Drop for RunningBank {
    fn drop(&mut self) {
        if self.task.is_some() {
            // Sending the command is all it takes; nobody is left to wait for its end.
            drop(self.handle.stop(false));
        }
    }
}

fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(LARGEST_FORM))
        .route("/", web::get().to(oauth::authorize::welcome))
        .route("/bank.css", web::get().to(oauth::authorize::style))
        .service(web::resource("/oauth/authorize").get(oauth::authorize::ask).post(oauth::authorize::answer))
        .service(web::resource("/oauth/token").post(oauth::token::token))
        .service(web::resource("/oauth/revoke").post(oauth::revoke::revoke))
        .service(web::resource("/v1/accounts").get(data::accounts::list))
        .service(web::resource("/v1/accounts/{id}/transactions").get(data::transactions::list))
        .service(web::resource("/v1/accounts/{id}/holdings").get(data::holdings::list))
        .default_service(web::to(async || -> HttpResponse { data::DataError::NotFound.response() }));
}
