//! Named arguments of table functions: `failovers(within => INTERVAL '90 seconds')`, and their names in any case.
//!
//! DataFusion plans table functions only with arguments by position, so named ones are put there before.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Statement as SqlStatement, TableFactor, Value, VisitMut, VisitorMut,
};

use super::mistake::Mistake;
use super::params::literal;
use super::statements::explained;
use super::{EngineError, Params};
use crate::tables::function_parameters;

/// Puts named arguments of our table functions into the places of their parameters, and the values of `$name` into their
/// arguments: a table function is planned with constants, before the values of a plan are bound.
pub fn by_position(state: &SessionState, statement: &mut Statement, params: &Params) -> Result<(), EngineError> {
    let Statement::Statement(sql) = explained(statement) else { return Ok(()) };
    let sql: &mut SqlStatement = sql;
    match sql.visit(&mut Arguments { state, params }) {
        ControlFlow::Break(mistake) => Err(EngineError::query(mistake)),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Arguments<'a> {
    state: &'a SessionState,
    params: &'a Params,
}

impl VisitorMut for Arguments<'_> {
    type Break = Mistake;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Mistake> {
        let TableFactor::Table { name, args: Some(arguments), .. } = factor else { return ControlFlow::Continue(()) };
        arguments.args.iter_mut().for_each(|argument| bind(argument, self.params));
        let [part] = name.0.as_mut_slice() else { return ControlFlow::Continue(()) };
        let Some(function) = part.as_ident().map(|ident| ident.value.to_ascii_lowercase()) else {
            return ControlFlow::Continue(());
        };
        let Some(parameters) = function_parameters(&function) else {
            // DataFusion would say no more than that it does not know such arguments.
            let named = arguments.args.iter().any(|a| !matches!(a, FunctionArg::Unnamed(_)));
            return match named {
                true if self.state.table_functions().contains_key(&function) => {
                    ControlFlow::Break(format!("{function} takes its arguments by position, without names").into())
                }
                true => ControlFlow::Break(Mistake::unknown_table_function(&function)),
                false => ControlFlow::Continue(()),
            };
        };
        *part = datafusion::sql::sqlparser::ast::ObjectNamePart::Identifier(Ident::new(function.clone()));
        match placed(&function, &parameters, std::mem::take(&mut arguments.args)) {
            Ok(args) => {
                arguments.args = args;
                ControlFlow::Continue(())
            }
            Err(message) => ControlFlow::Break(message.into()),
        }
    }
}

/// Puts the value of a `$name` in its place; one without a value stays, and is refused like any other that has none.
fn bind(argument: &mut FunctionArg, params: &Params) {
    let (FunctionArg::Unnamed(arg) | FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. }) = argument;
    if let FunctionArgExpr::Expr(expr) = arg {
        let _ = expr.visit(&mut Values(params));
    }
}

struct Values<'a>(&'a Params);

impl VisitorMut for Values<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = &*expr
            && let Value::Placeholder(name) = &value.value
            && let Some((_, value)) = self.0.iter().find(|(n, _)| n == name.trim_start_matches('$'))
            && let Some(literal) = literal(value)
        {
            *expr = literal;
        }
        ControlFlow::Continue(())
    }
}

fn placed(function: &str, parameters: &[&str], arguments: Vec<FunctionArg>) -> Result<Vec<FunctionArg>, String> {
    let mut places: Vec<Option<FunctionArg>> = Vec::new();
    for (position, argument) in arguments.into_iter().enumerate() {
        let (index, value) = match argument {
            FunctionArg::Unnamed(value) => (position, value),
            FunctionArg::Named { name, arg, .. } => (place(function, parameters, &name.value)?, arg),
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                (place(function, parameters, &name.value)?, arg)
            }
            FunctionArg::ExprNamed { name, .. } => return Err(format!("{function}: '{name}' names no parameter")),
        };
        if places.len() <= index {
            places.resize(index + 1, None);
        }
        if let Some(slot) = places.get_mut(index)
            && slot.replace(FunctionArg::Unnamed(value)).is_some()
        {
            return Err(format!(
                "{function}: {} is given twice",
                parameters.get(index).copied().unwrap_or("an argument")
            ));
        }
    }
    // A null stands for the default.
    let default = || FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(Value::Null.into())));
    Ok(places.into_iter().map(|place| place.unwrap_or_else(default)).collect())
}

fn place(function: &str, parameters: &[&str], name: &str) -> Result<usize, String> {
    parameters.iter().position(|p| p.eq_ignore_ascii_case(name)).ok_or_else(|| match parameters {
        [] => format!("{function} has no parameter '{name}': it takes none"),
        _ => format!("{function} has no parameter '{name}'; it has {}", parameters.join(", ")),
    })
}
