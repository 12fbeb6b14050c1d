//! Pages of a list, cut by the key of the last row seen (keyset paging), so that the last page costs what
//! the first one costs.

/// How many items a page may hold: 1 to 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// Largest page.
    pub const MAX: u16 = 500;

    /// A limit inside 1..=500; `None` outside.
    pub fn new(limit: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&limit).then_some(Self(limit))
    }

    /// The number of items.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// 100 items.
impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

/// Items in list order, and the key after which the next page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// `None` on the last page.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// Cuts `rows`, fetched with one more than the limit, to a page.
    pub fn cut(mut rows: Vec<T>, limit: Limit, key: impl FnOnce(&T) -> K) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = if more { rows.last().map(key) } else { None };
        Self { items: rows, next }
    }
}
