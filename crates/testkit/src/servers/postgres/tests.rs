//! What a test may rely on when it asks for a Postgres.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

use super::cluster::Cluster;
use super::*;

/// The server, or the end of this test.
fn server(test: &str) -> Option<Arc<Postgres>> {
    Postgres::start_or_connect().inspect_err(|skip| skip.announce(test)).ok()
}

fn folder_of(cluster: &Cluster) -> PathBuf {
    cluster.log().parent().unwrap().to_owned()
}

async fn notes(server: &Postgres) -> Template {
    server
        .template("notes", async |url: String| -> Result<(), sqlx::Error> {
            let mut connection = PgConnection::connect(&url).await?;
            sqlx::raw_sql(
                "CREATE TABLE notes (text text NOT NULL); INSERT INTO notes VALUES ('from the template')",
            )
            .execute(&mut connection)
            .await?;
            // Left open on purpose: a migration's pool may still be there when the first test asks for a copy.
            std::mem::forget(connection);
            Ok(())
        })
        .await
}

async fn texts(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("SELECT text FROM notes ORDER BY text").fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_clone_has_what_is_in_the_template_and_is_nobody_elses() {
    let Some(server) = server("a_clone_has_what_is_in_the_template_and_is_nobody_elses") else { return };
    let template = notes(&server).await;
    let (one, other) = (server.clone_database(&template).await, server.clone_database(&template).await);

    let mut connection = PgConnection::connect(&one.url).await.unwrap();
    sqlx::query("INSERT INTO notes VALUES ('written here')").execute(&mut connection).await.unwrap();

    assert_eq!(texts(&one.url).await, ["from the template", "written here"]);
    assert_eq!(texts(&other.url).await, ["from the template"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tests_clone_one_template_at_once_and_it_is_migrated_once() {
    let Some(server) = server("many_tests_clone_one_template_at_once_and_it_is_migrated_once") else {
        return;
    };
    let migrations = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (server, migrations) = (Arc::clone(&server), Arc::clone(&migrations));
            tokio::spawn(async move {
                let count = async |_| {
                    migrations.fetch_add(1, Ordering::SeqCst);
                    Ok::<(), std::convert::Infallible>(())
                };
                let template = server.template("counted", count).await;
                let database = server.clone_database(&template).await;
                PgConnection::connect(&database.url).await.unwrap().close().await.unwrap();
                database.url.clone()
            })
        })
        .collect();
    let mut urls = std::collections::HashSet::new();
    for task in tasks {
        urls.insert(task.await.unwrap());
    }
    assert_eq!(urls.len(), 12);
    assert_eq!(migrations.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_dropped_database_is_gone_though_somebody_is_connected() {
    let Some(server) = server("a_dropped_database_is_gone_though_somebody_is_connected") else { return };
    let template = notes(&server).await;
    let database = server.clone_database(&template).await;
    let url = database.url.clone();
    let _connected = PgConnection::connect(&url).await.unwrap();
    drop(database);
    let error = PgConnection::connect(&url).await.unwrap_err();
    assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("3D000"), "{error}");
}

#[tokio::test]
async fn a_template_that_failed_can_be_tried_again() {
    let Some(server) = server("a_template_that_failed_can_be_tried_again") else { return };
    let failing = Arc::clone(&server);
    let failed = tokio::spawn(async move {
        failing.template("fragile", async |_| Err::<(), _>("no such column")).await;
    });
    assert!(failed.await.unwrap_err().is_panic());
    let template = server.template("fragile", async |_| Ok::<(), &str>(())).await;
    server.clone_database(&template).await;
}

#[test]
fn a_machine_without_postgres_is_told_what_to_install() {
    let skip = Cluster::start_with(None, &[], false).unwrap_err();
    assert!(skip.reason.contains("initdb"), "{skip}");
    assert!(skip.how_to_install.contains(SERVER_URL), "{skip}");
}

#[test]
#[should_panic(expected = "DASHTAM_REQUIRE_SERVERS=1, but no Postgres server is installed")]
fn where_servers_are_required_a_skip_is_a_failure() {
    let found = Cluster::start_with(None, &[], false);
    let _ = unless_required(found, true);
}

#[test]
fn only_databases_made_here_are_ever_swept() {
    assert_eq!(admin::made_at("dashtam_test_1700000000_00ff_3"), Some(1_700_000_000));
    for other in ["dashtam", "postgres", "dashtam_test_", "dashtam_test_mine", "x_dashtam_test_1_1"] {
        assert_eq!(admin::made_at(other), None, "{other}");
    }
}

#[test]
fn a_database_of_the_same_server_keeps_user_and_options() {
    assert_eq!(
        admin::url_of("postgres://me:secret@db.example:5433/postgres?sslmode=disable", "mine"),
        "postgres://me:secret@db.example:5433/mine?sslmode=disable"
    );
}

/// Tells the process that runs [`holds_a_server_until_it_is_killed`] to really do so.
const HOLD: &str = "DASHTAM_TESTKIT_HOLD_A_SERVER";

/// Not a test by itself: the next one runs it in a process of its own and kills that.
#[test]
fn holds_a_server_until_it_is_killed() {
    if std::env::var_os(HOLD).is_none() {
        return;
    }
    let cluster = Cluster::start().unwrap();
    println!("\nHELD {} {}", cluster.url(), folder_of(&cluster).display());
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_test_process_leaves_neither_server_nor_folder() {
    let name = "a_killed_test_process_leaves_neither_server_nor_folder";
    let own_cluster = server(name).is_some_and(|server| server.is_throw_away());
    if !own_cluster {
        return;
    }
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["holds_a_server_until_it_is_killed", "--nocapture"])
        .env(HOLD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let held = lines.find(|line| line.starts_with("HELD ")).unwrap();
    let [_, url, folder] = held.split(' ').collect::<Vec<_>>()[..] else { panic!("{held}") };
    let port = url::Url::parse(url).unwrap().port().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(Path::new(folder).exists());

    process.kill().unwrap();
    process.wait().unwrap();

    let deadline = Instant::now() + Duration::from_secs(30);
    while Path::new(folder).exists() || TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < deadline, "{folder} or port {port} is still there");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn a_cluster_that_goes_out_of_scope_is_removed() {
    let name = "a_cluster_that_goes_out_of_scope_is_removed";
    let cluster = match Cluster::start() {
        Ok(cluster) => cluster,
        Err(skip) => return skip.announce(name),
    };
    let folder = folder_of(&cluster);
    assert!(folder.join("data/PG_VERSION").exists());
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn a_test_process_killed_while_the_server_starts_leaves_nothing_either() {
    let name = "a_test_process_killed_while_the_server_starts_leaves_nothing_either";
    match cluster::abandoned_while_starting() {
        Ok((mut supervisor, folder)) => {
            supervisor.wait().unwrap();
            assert!(!folder.exists());
        }
        Err(skip) => skip.announce(name),
    }
}
