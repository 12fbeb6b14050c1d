//! Password hashing with Argon2id, bounded in memory and in how much runs at once.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash as Phc, Salt},
};
use async_trait::async_trait;
use dashtam_domain::{
    identity::{HashError, PasswordHash, PasswordHasher, PasswordMatch, PlainPassword},
    sources::Randomness,
};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::stored_hash::{Argon2Parameters, Argon2idHash, OUTPUT, ParametersOutOfRange, SALT};

/// Password checks that may wait for a turn before further ones are told to come back.
pub const DEFAULT_QUEUE: usize = 256;

/// How much a hasher has to do at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashLoad {
    /// The number of hashes that are computed.
    pub running: usize,
    /// The number of callers that wait for their turn.
    pub waiting: usize,
}

/// [`PasswordHasher`] with Argon2id.
///
/// A hash needs tens of milliseconds and megabytes, so as many run at once as there are processors, on threads
/// made for blocking work, and a bounded number waits.
pub struct Argon2Hasher {
    engine: Arc<Engine>,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    /// The number of hashes that may run at once.
    most: usize,
    randomness: Arc<dyn Randomness>,
}

impl Argon2Hasher {
    /// Makes a hasher with one turn per processor and [`DEFAULT_QUEUE`] places to wait.
    pub fn new(
        parameters: Argon2Parameters,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, ParametersOutOfRange> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_limits(parameters, randomness, processors, DEFAULT_QUEUE)
    }

    /// Makes a hasher that computes `turns` hashes at once (at least one) while at most `queue` callers wait.
    pub fn with_limits(
        parameters: Argon2Parameters,
        randomness: Arc<dyn Randomness>,
        turns: usize,
        queue: usize,
    ) -> Result<Self, ParametersOutOfRange> {
        let params = parameters.to_params()?;
        // A hash that no password has: 32 random bytes are nobody's Argon2id output.
        let random = [randomness.bytes(), randomness.bytes()];
        let dummy = Argon2idHash {
            salt: Salt::new(&random[0][..SALT]).map_err(|_| ParametersOutOfRange)?,
            output: Output::new(&random[1]).map_err(|_| ParametersOutOfRange)?,
            params: params.clone(),
        };
        let turns = turns.clamp(1, Semaphore::MAX_PERMITS);
        Ok(Self {
            engine: Arc::new(Engine { params, dummy, spare: Mutex::default() }),
            turns: Arc::new(Semaphore::new(turns)),
            waiting: AtomicUsize::new(0),
            queue,
            most: turns,
            randomness,
        })
    }

    /// How much there is to do now.
    pub fn load(&self) -> HashLoad {
        let running = self.most.saturating_sub(self.turns.available_permits());
        HashLoad { running, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// Whether a stored hash is not of today's kind, so that the next correct sign-in replaces it. An unreadable one
    /// is never replaced: nobody signs in by it.
    pub fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        Argon2idHash::parse(hash.as_str()).is_some_and(|hash| hash.is_below(&self.engine.params))
    }

    /// Does other password work when it is its turn, as if it were a hash of this hasher's own: it counts in
    /// [`load`](Self::load), and is refused when too many wait.
    pub async fn in_turn<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.run(|_| work()).await
    }

    /// Does the work on a blocking thread when it is its turn.
    async fn run<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> T + Send + 'static,
    {
        let turn = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => {
                let _place = self.wait().ok_or(HashError::Busy)?;
                Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashError::Failed)?
            }
        };
        let engine = Arc::clone(&self.engine);
        let worker = tokio::task::spawn_blocking(move || {
            let outcome = work(&engine);
            // Given back here and not in the caller's future: a client that hangs up drops the future, but
            // the thread goes on hashing.
            drop(turn);
            outcome
        });
        worker.await.map_err(|_| HashError::Failed)
    }

    fn wait(&self) -> Option<Place<'_>> {
        let place = Place(&self.waiting);
        (self.waiting.fetch_add(1, Ordering::Relaxed) < self.queue).then_some(place)
    }
}

/// A place in the queue, which is left when the value is dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &PlainPassword) -> Result<PasswordHash, HashError> {
        let password = password.clone();
        let salt = self.randomness.bytes();
        self.run(move |engine| engine.hash(password.expose(), &salt[..SALT])).await?
    }

    async fn verify(
        &self,
        password: &PlainPassword,
        hash: &PasswordHash,
    ) -> Result<PasswordMatch, HashError> {
        let password = password.clone();
        let stored = Argon2idHash::parse(hash.as_str());
        self.run(move |engine| engine.verify(password.expose(), stored.as_ref())).await?
    }

    async fn waste(&self, password: &PlainPassword) -> Result<(), HashError> {
        let password = password.clone();
        self.run(move |engine| engine.verify(password.expose(), None)).await?.map(|_| ())
    }
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").field("params", &self.engine.params).finish_non_exhaustive()
    }
}

/// The part that blocks, and so runs on threads for blocking work.
struct Engine {
    params: Params,
    dummy: Argon2idHash,
    /// Memory of finished hashes, for the next ones. Never more than there are turns.
    spare: Mutex<Vec<Vec<Block>>>,
}

impl Engine {
    fn hash(&self, password: &str, salt: &[u8]) -> Result<PasswordHash, HashError> {
        let mut output = [0; OUTPUT];
        self.fill(&self.params, password, salt, &mut output)?;
        let phc = Phc {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: (&self.params).try_into().map_err(|_| HashError::Failed)?,
            salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
            hash: Some(Output::new(&output).map_err(|_| HashError::Failed)?),
        };
        Ok(PasswordHash::new(phc.to_string()))
    }

    /// Checks a password; without a readable hash it does the work of one and says no.
    fn verify(&self, password: &str, stored: Option<&Argon2idHash>) -> Result<PasswordMatch, HashError> {
        match stored {
            Some(hash) => Ok(PasswordMatch {
                right: self.is_right(password, hash)?,
                outdated: hash.is_below(&self.params),
            }),
            None => {
                self.is_right(password, &self.dummy)?;
                Ok(PasswordMatch { right: false, outdated: false })
            }
        }
    }

    fn is_right(&self, password: &str, hash: &Argon2idHash) -> Result<bool, HashError> {
        let mut output = [0; Output::MAX_LENGTH];
        let output = output.get_mut(..hash.output.len()).ok_or(HashError::Failed)?;
        self.fill(&hash.params, password, &hash.salt, output)?;
        Ok(output.ct_eq(hash.output.as_ref()).into())
    }

    fn fill(&self, params: &Params, password: &str, salt: &[u8], output: &mut [u8]) -> Result<(), HashError> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let mut blocks = self.take_blocks(params.block_count())?;
        let outcome = argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut blocks);
        self.keep_blocks(blocks);
        outcome.map_err(|_| HashError::Failed)
    }

    /// Memory for a hash. Fresh pages make it take about half as long again, so those of today's size are kept.
    fn take_blocks(&self, count: usize) -> Result<Vec<Block>, HashError> {
        if count == self.params.block_count()
            && let Some(blocks) = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
        {
            return Ok(blocks);
        }
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).map_err(|_| HashError::Failed)?;
        blocks.resize(count, Block::new());
        Ok(blocks)
    }

    fn keep_blocks(&self, blocks: Vec<Block>) {
        if blocks.len() == self.params.block_count() {
            self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
        }
    }
}

#[cfg(test)]
mod tests;
