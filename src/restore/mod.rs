//! What a restore must not bring back: powers that were taken away after the backup was made. It compares the database
//! that a backup becomes with the one that it replaces, as far as that is the same one's later state, and with the trail
//! of the backup itself. Where the two differ, what is left is what both allow; nothing is given that the backup lacks.
//! It knows nothing of files.

mod closed;
mod relation;
mod roles;
mod sound;
mod store;
mod tokens;
mod trail;
mod users;

pub use self::relation::Relation;
pub use self::sound::unreadable;
use crate::audit::{self, Event};
use crate::error::Error;
use crate::storage::{Storage, Subject, Tx};
use crate::world::{Timestamp, World};

/// So many rows of a table are compared at a time.
const AT_ONCE: i64 = 5_000;

/// One thing that is otherwise than in the backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is of: `user`, `role`, `token` or `coordinate`.
    pub of: &'static str,
    /// The number of that; a coordinate has none.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// What was done, and why.
    pub what: String,
}

/// What came of comparing.
#[derive(Debug)]
pub struct Report {
    /// What was taken away, or kept from anybody's reach.
    pub taken: Vec<Taken>,
    /// How the replaced database stands to the one that was backed up; `None`: there was none that could be read.
    pub relation: Option<Relation>,
    /// How many rows of the audit trail were written since the backup and taken over.
    pub trail: usize,
    /// How many sessions ended.
    pub sessions: i64,
    /// How many super administrators are enabled.
    pub super_admins: i64,
}

/// A change of the restored database that has still to be written.
type Act = Box<dyn FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send>;

/// What is to be done, in its order, and what is said of it.
struct Plan {
    /// The moment of the restore: what it ends itself, it ends then.
    now: Timestamp,
    acts: Vec<Act>,
    taken: Vec<Taken>,
}

impl Plan {
    const fn new(now: Timestamp) -> Self {
        Self { now, acts: Vec::new(), taken: Vec::new() }
    }

    fn act(&mut self, act: impl FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send + 'static) {
        self.acts.push(Box::new(act));
    }

    fn say(&mut self, of: &'static str, id: i64, name: &str, what: impl Into<String>) {
        self.taken.push(Taken { of, id: Some(id), name: name.to_owned(), what: what.into() });
    }

    fn say_of_name(&mut self, of: &'static str, name: &str, what: impl Into<String>) {
        self.taken.push(Taken { of, id: None, name: name.to_owned(), what: what.into() });
    }
}

/// Who restores what.
#[derive(Debug, Clone)]
pub struct Order {
    /// The operating system's user.
    pub operator: String,
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Whether the key that the backup knows is not at hand: what knows it is taken out.
    pub forget_key: bool,
}

/// Takes away from `restored` what must not come back. `replaced` is what it replaces.
///
/// # Errors
/// When one of the databases fails; `restored` is of no use then.
pub async fn reconcile(
    restored: &Storage,
    replaced: Option<&Storage>,
    world: &World,
    order: Order,
) -> Result<Report, Error> {
    let mut plan = Plan::new(world.now());
    let (mut relation, mut seen) = (None, (0, 0));
    if let Some(replaced) = replaced {
        let found = relation::find(restored, replaced).await?;
        relation = Some(found);
        seen = replaced.read(store::counters).await?;
        if matches!(found, Relation::Later | Relation::Kin) {
            users::compare(&mut plan, restored, replaced, found).await?;
            roles::compare(&mut plan, restored, replaced).await?;
            tokens::compare(&mut plan, restored, replaced, found).await?;
            closed::compare(&mut plan, restored, replaced).await?;
        }
    }
    trail::hold_to(&mut plan, restored).await?;
    let Plan { now, acts, taken } = plan;
    let (world, count) = (world.clone(), taken.len());
    // Numbers of changes go on from the higher one: nobody who has seen that one is to wait for others.
    restored.write(move |tx| store::raise_counters(tx, seen)).await?;
    // After the backup was held to its own trail, which grows here.
    let trail = match replaced {
        Some(replaced) if relation == Some(Relation::Later) => trail::take_over(restored, replaced).await?,
        _ => 0,
    };
    let (sessions, super_admins) = restored
        .change(move |tx| {
            acts.into_iter().try_for_each(|act| act(tx))?;
            let sessions = store::end_sessions(tx, now)?;
            store::clear(tx, order.forget_key)?;
            let details = format!("from a backup of {}; {count} powers taken away again", order.made_at);
            let event = Event::about("database.restore", "database").with(details);
            audit::record_operator(tx, &world, &order.operator, &event)?;
            tx.tell(Subject::Everything)?;
            Ok((sessions, crate::users::super_admins(tx)?))
        })
        .await?;
    Ok(Report { taken, relation, trail, sessions, super_admins })
}

/// The change is what counts, not how many rows it touched.
fn done(touched: Result<u64, Error>) -> Result<(), Error> {
    touched.map(drop)
}
