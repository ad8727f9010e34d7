//! Results are named by what was written: `count(*)`, `min(time)`, `1`; not by DataFusion's inner spelling of it.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, SetExpr, Statement as SqlStatement};

/// Gives every unnamed expression of the outermost SELECT its own text as its name.
pub fn name_results(statement: &mut Statement) {
    if let Statement::Statement(sql) = statement
        && let SqlStatement::Query(query) = sql.as_mut()
    {
        name_body(&mut query.body);
    }
}

fn name_body(body: &mut SetExpr) {
    match body {
        // An ORDER BY of a DISTINCT finds its expressions only under their own names.
        SetExpr::Select(select) if select.distinct.is_none() => select.projection.iter_mut().for_each(name_item),
        SetExpr::Query(query) => name_body(&mut query.body),
        // The first part of a UNION names its result.
        SetExpr::SetOperation { left, .. } => name_body(left),
        _ => {}
    }
}

fn name_item(item: &mut SelectItem) {
    if let SelectItem::UnnamedExpr(expr) = item
        && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
    {
        let alias = Ident::with_quote('"', expr.to_string());
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
    }
}
