//! What tables there are, said without opening any: for completion and for people.

use arrow::datatypes::DataType;

use super::{analysis, azure, metrics, system};
use crate::model::Category;
use crate::schema::columns::table_columns;
use crate::schema::type_name;

/// A table with its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTable {
    /// Its schema, where that is not the default one.
    pub schema: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: Vec<KnownColumn>,
    /// Parameters, where it is a table function as well.
    pub parameters: Vec<KnownParameter>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownColumn {
    /// Its name.
    pub name: &'static str,
    /// What SQL calls its type.
    pub type_name: String,
    /// What it holds.
    pub meaning: &'static str,
    /// What Arrow calls its type.
    pub data_type: DataType,
}

/// A parameter of a table function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownParameter {
    /// Its name.
    pub name: &'static str,
    /// Its default in SQL.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    /// What it can be, where that is one of some words.
    pub words: &'static [&'static str],
}

fn column(name: &'static str, data_type: &DataType, meaning: &'static str) -> KnownColumn {
    KnownColumn { name, type_name: type_name(data_type).into_owned(), meaning, data_type: data_type.clone() }
}

/// Every table that is always there.
pub fn known_tables() -> Vec<KnownTable> {
    let table = |schema, name, columns| KnownTable { schema, name, columns, parameters: Vec::new() };
    let logs = Category::ALL.into_iter().map(|category| {
        let columns = table_columns(category).into_iter().map(|c| column(c.name, &c.kind.data_type(), c.meaning));
        table(None, category.table(), columns.collect())
    });
    let azure = azure::view_names().map(|name| {
        let columns = azure::column_types().map(|(name, t)| column(name, &t, azure::meaning(name).unwrap_or_default()));
        table(None, name, columns.collect())
    });
    let metrics = std::iter::once_with(|| {
        let columns = metrics::column_types();
        let columns = columns.map(|(name, t)| column(name, &t, metrics::meaning(name).unwrap_or_default()));
        table(None, metrics::NAME, columns.collect())
    });
    let analysis = analysis::ALL.iter().map(|t| {
        let schema = t.schema();
        let types = schema.fields().iter().map(|f| f.data_type());
        let columns = t.columns().zip(types).map(|(c, t)| column(c.name, t, c.meaning)).collect();
        KnownTable { schema: None, name: t.name, columns, parameters: t.known_parameters() }
    });
    let system = system::ALL.iter().map(|t| {
        let columns = t.columns.iter().map(|c| column(c.name, &c.data_type, c.meaning)).collect();
        table(Some("system"), t.name, columns)
    });
    logs.chain(analysis).chain(azure).chain(metrics).chain(system).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_columns_and_parameters() {
        let all = known_tables();
        let find = |name: &str| all.iter().find(|t| t.name == name).unwrap();
        assert!(all.iter().all(|t| !t.columns.is_empty() && t.columns.iter().all(|c| c.meaning.ends_with('.'))));
        let time = |t: &str, c: &str| find(t).columns.iter().find(|column| column.name == c).unwrap().type_name.clone();
        assert_eq!(time("tunnel_log", "time"), "timestamp");
        assert_eq!(time("AzureDiagnostics", "TimeGenerated"), "timestamp");
        assert_eq!(time("failovers", "gateway"), "varchar");
        assert_eq!(find("imports").schema, Some("system"));
        assert_eq!(find("failovers").parameters.first().map(|p| p.name), Some("within"));
        assert!(all.iter().flat_map(|t| &t.parameters).any(|p| p.words.contains(&"month")));
    }
}
