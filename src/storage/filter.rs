//! The `where` and `order by` of lists: the only place where a statement is put together from parts.

use std::fmt::Write as _;

use super::{Sql, Value};

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Another, or nothing at all.
    Different,
    /// Less, or before.
    Less,
    /// Less or the same.
    AtMost,
    /// More, or after.
    More,
    /// More or the same.
    AtLeast,
}

/// What a row has to fulfil. Columns are our own words; values only ever travel as parameters, but for whole numbers in
/// a list: a statement takes 32 766 parameters on SQLite and 65 535 on PostgreSQL.
#[derive(Debug, Clone)]
pub enum Condition {
    /// The column compares so with the value. A column that holds nothing is only ever [`Comparison::Different`].
    Compare(&'static str, Comparison, Value),
    /// The text in the column holds this one, letter for letter. (`like` folds letters in SQLite and not in
    /// PostgreSQL; `replace` means the same in both.)
    Contains(&'static str, String),
    /// The number in the column is one of these.
    OneOf(&'static str, Vec<i64>),
    /// The number in the column is one of those that this `select` reads, which ends with a column that holds the number.
    Holds(&'static str, &'static str, i64),
    /// Does not hold.
    Not(Box<Condition>),
    /// All of them hold.
    All(Vec<Condition>),
    /// One of them holds at least.
    Any(Vec<Condition>),
}

impl Condition {
    fn write(&self, text: &mut String, values: &mut Vec<Value>) {
        match self {
            Self::Compare(column, comparison, value) => {
                values.push(value.clone());
                let at = values.len();
                let operator = match comparison {
                    Comparison::Equal => "=",
                    Comparison::Different => {
                        let _ = write!(text, "coalesce({column} <> ${at}, true)");
                        return;
                    }
                    Comparison::Less => "<",
                    Comparison::AtMost => "<=",
                    Comparison::More => ">",
                    Comparison::AtLeast => ">=",
                };
                let _ = write!(text, "{column} {operator} ${at}");
            }
            // Everything holds the empty text, and replacing it is no business of a database.
            Self::Contains(column, part) if part.is_empty() => {
                let _ = write!(text, "{column} is not null");
            }
            Self::Contains(column, part) => {
                values.push(Value::Text(part.clone()));
                let _ = write!(text, "replace({column}, ${}, '') <> {column}", values.len());
            }
            Self::OneOf(_, among) if among.is_empty() => text.push_str("1 = 0"),
            Self::OneOf(column, among) => {
                let numbers: Vec<String> = among.iter().map(i64::to_string).collect();
                let _ = write!(text, "{column} in ({})", numbers.join(", "));
            }
            Self::Holds(column, holders, number) => {
                values.push(Value::Int(*number));
                let _ = write!(text, "{column} in ({holders} = ${})", values.len());
            }
            Self::Not(condition) => {
                text.push_str("not coalesce(");
                condition.write(text, values);
                text.push_str(", false)");
            }
            Self::All(conditions) => joined(conditions, " and ", "1 = 1", text, values),
            Self::Any(conditions) => joined(conditions, " or ", "1 = 0", text, values),
        }
    }
}

fn joined(conditions: &[Condition], with: &str, none: &str, text: &mut String, values: &mut Vec<Value>) {
    if conditions.is_empty() {
        text.push_str(none);
    }
    for (place, condition) in conditions.iter().enumerate() {
        text.push_str(if place == 0 { "(" } else { with });
        condition.write(text, values);
    }
    if !conditions.is_empty() {
        text.push(')');
    }
}

/// Columns to order by, each with whether it goes down. What holds nothing stands last either way.
#[derive(Debug, Clone, Default)]
pub struct Order(Vec<(&'static str, bool)>);

impl Order {
    /// By this column, where those before it are the same.
    #[must_use]
    pub fn then(mut self, column: &'static str, down: bool) -> Self {
        self.0.push((column, down));
        self
    }

    fn text(&self) -> String {
        let column = |(column, down): &(&str, bool)| format!("{column}{} nulls last", if *down { " desc" } else { "" });
        self.0.iter().map(column).collect::<Vec<_>>().join(", ")
    }
}

/// Conditions that all have to hold.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    conditions: String,
    values: Vec<Value>,
}

impl Filter {
    /// The column holds this number; `None` asks nothing.
    #[must_use]
    pub fn equal(self, column: &'static str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.and(&Condition::Compare(column, Comparison::Equal, Value::Int(value))),
            None => self,
        }
    }

    /// The condition holds.
    #[must_use]
    pub fn and(mut self, condition: &Condition) -> Self {
        self.conditions.push_str(if self.conditions.is_empty() { " where " } else { " and " });
        condition.write(&mut self.conditions, &mut self.values);
        self
    }

    /// How many rows of `from` fit.
    #[must_use]
    pub fn count(&self, from: &'static str) -> (Sql, Vec<Value>) {
        (Sql::composed(format!("select count(*) from {from}{}", self.conditions)), self.values.clone())
    }

    /// The rows that fit, one page of them.
    #[must_use]
    pub fn select(&self, head: &'static str, order: &Order, limit: i64, offset: i64) -> (Sql, Vec<Value>) {
        let mut values = self.values.clone();
        values.extend([Value::Int(limit), Value::Int(offset)]);
        let (at, from) = (values.len() - 1, values.len());
        let text = format!("{head}{} order by {} limit ${at} offset ${from}", self.conditions, order.text());
        (Sql::composed(text), values)
    }

    /// The rows that fit, without an order: for looking up by what is unique.
    #[must_use]
    pub fn rows(&self, head: &'static str) -> (Sql, Vec<Value>) {
        (Sql::recurring(format!("{head}{}", self.conditions)), self.values.clone())
    }

    /// What a query begins and ends with, around the conditions: for one that goes on from the rows that fit.
    #[must_use]
    pub fn within(&self, head: &'static str, tail: &'static str) -> (Sql, Vec<Value>) {
        (Sql::composed(format!("{head}{}{tail}", self.conditions)), self.values.clone())
    }

    /// The rows that fit, all of them: for what belongs to a page of something else.
    #[must_use]
    pub fn all(&self, head: &'static str, order: &Order) -> (Sql, Vec<Value>) {
        (Sql::composed(format!("{head}{} order by {}", self.conditions, order.text())), self.values.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_numbered_as_they_come() {
        let filter = Filter::default().equal("id", Some(1)).equal("other", None).and(&Condition::Any(vec![
            Condition::All(vec![
                Condition::Contains("name", "a".into()),
                Condition::Compare("at", Comparison::Different, Value::Int(2)),
            ]),
            Condition::Not(Box::new(Condition::OneOf("id", vec![3, 4]))),
            Condition::All(Vec::new()),
            Condition::OneOf("id", Vec::new()),
        ]));
        let order = Order::default().then("name", true).then("id", false);
        let (sql, values) = filter.select("select * from t", &order, 25, 0);
        assert_eq!(
            sql.text(),
            "select * from t where id = $1 and ((replace(name, $2, '') <> name and coalesce(at <> $3, true)) \
             or not coalesce(id in (3, 4), false) or 1 = 1 or 1 = 0) \
             order by name desc nulls last, id nulls last limit $4 offset $5"
        );
        assert_eq!(values.len(), 5);
    }
}
