//! One test, run on both engines.

/// Makes of each async function `name(engine, test)` a test on SQLite and one on Postgres.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(dashtam_tests::Engine::Sqlite, concat!("on_sqlite::", stringify!($name))).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(dashtam_tests::Engine::Postgres, concat!("on_postgres::", stringify!($name))).await;
            })+
        }
    };
}

pub(crate) use on_both_engines;

/// The shared server of an engine; the test ends here where there is no such engine.
macro_rules! shared {
    ($engine:expr, $test:expr) => {
        match $engine.shared($test).await {
            Some(server) => server,
            None => return,
        }
    };
}

pub(crate) use shared;

/// A new place of an engine; the test ends here where there is no such engine.
macro_rules! place {
    ($engine:expr, $test:expr) => {
        match $engine.place($test).await {
            Some(place) => place,
            None => return,
        }
    };
}

pub(crate) use place;
