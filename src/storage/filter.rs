//! The `where` of lists: the only place where a statement is put together from parts.

use super::{Sql, Value};

/// Conditions that all have to hold. Columns are our own words; values only ever travel as parameters.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// The column holds this number; `None` asks nothing.
    #[must_use]
    pub fn equal(mut self, column: &'static str, value: Option<i64>) -> Self {
        if let Some(value) = value {
            self.values.push(Value::Int(value));
            self.conditions.push(format!("{column} = ${}", self.values.len()));
        }
        self
    }

    /// How many rows of `from` fit.
    #[must_use]
    pub fn count(&self, from: &'static str) -> (Sql, Vec<Value>) {
        (Sql::composed(format!("select count(*) from {from}{}", self.text())), self.values.clone())
    }

    /// The rows that fit, in the order of `order`, one page of them.
    #[must_use]
    pub fn select(&self, head: &'static str, order: &'static str, limit: i64, offset: i64) -> (Sql, Vec<Value>) {
        let mut values = self.values.clone();
        values.extend([Value::Int(limit), Value::Int(offset)]);
        let (at, from) = (values.len() - 1, values.len());
        (Sql::composed(format!("{head}{} order by {order} limit ${at} offset ${from}", self.text())), values)
    }

    /// The rows that fit, without an order: for looking up by what is unique.
    #[must_use]
    pub fn rows(&self, head: &'static str) -> (Sql, Vec<Value>) {
        (Sql::recurring(format!("{head}{}", self.text())), self.values.clone())
    }

    fn text(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!(" where {}", self.conditions.join(" and ")) }
    }
}
