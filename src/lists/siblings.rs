//! What belongs to the entities of one list (the roles of users, the parents of tokens): read for all of them in one
//! query when the first of them is asked for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::error::Error;
use tokio::sync::OnceCell;

/// The entities of one list, by their numbers, and what belongs to each once it was read. Cheap to clone.
#[derive(Debug)]
pub struct Siblings<K, V>(Arc<Family<K, V>>);

#[derive(Debug)]
struct Family<K, V> {
    keys: Vec<K>,
    read: OnceCell<HashMap<K, V>>,
}

impl<K, V> Clone for Siblings<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Siblings<K, V> {
    /// The entities of these numbers.
    #[must_use]
    pub fn of(keys: impl IntoIterator<Item = K>) -> Self {
        let mut keys: Vec<K> = keys.into_iter().collect();
        let mut known = std::collections::HashSet::new();
        keys.retain(|key| known.insert(*key));
        Self(Arc::new(Family { keys, read: OnceCell::new() }))
    }

    /// What belongs to `key`, read by `read` for all of them unless it was read before; `None`: nothing does.
    ///
    /// # Errors
    /// What `read` says.
    pub async fn get<F>(&self, key: K, read: impl FnOnce(Vec<K>) -> F) -> Result<Option<V>, Error>
    where
        F: Future<Output = Result<HashMap<K, V>, Error>>,
    {
        let all = self.0.read.get_or_try_init(|| read(self.0.keys.clone())).await?;
        Ok(all.get(&key).cloned())
    }
}
