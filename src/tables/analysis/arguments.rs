//! Arguments of the table functions: constants, by position; the engine turns named ones into these.

use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::Expr;
use tunnelql_udfs::{constant_text, interval_nanos};

/// A parameter of a table function.
pub struct Parameter {
    /// Its name, as in `within => INTERVAL '60 seconds'`.
    pub name: &'static str,
    /// The default in SQL.
    pub default: &'static str,
    /// The same as a value.
    pub value: Argument,
    /// What it decides.
    pub meaning: &'static str,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Nanoseconds.
    Interval(i64),
    /// A count from 1.
    Count(usize),
    /// One of some words.
    Word(&'static [&'static str], usize),
}

/// The arguments in the order of the parameters; defaults for nulls and for what is missing.
pub fn read(function: &str, parameters: &[Parameter], values: &[Expr]) -> Result<Vec<Argument>> {
    if values.len() > parameters.len() {
        return plan_err!("{function} takes at most {} arguments, not {}", parameters.len(), values.len());
    }
    let given = |i: usize, p: &Parameter| match values.get(i) {
        None => Ok(p.value.clone()),
        Some(Expr::Literal(value, _)) if value.is_null() => Ok(p.value.clone()),
        Some(Expr::Literal(value, _)) => match one(&p.value, value) {
            Some(argument) => Ok(argument),
            None => plan_err!(
                "{function}: {} cannot be {}; for example {} => {}",
                p.name,
                constant_text(value),
                p.name,
                p.default
            ),
        },
        Some(other) => plan_err!("{function}: {} must be a constant, not {other}", p.name),
    };
    parameters.iter().enumerate().map(|(i, p)| given(i, p)).collect()
}

fn one(like: &Argument, value: &ScalarValue) -> Option<Argument> {
    match like {
        Argument::Interval(_) => interval_nanos(value).filter(|n| *n > 0).map(Argument::Interval),
        Argument::Count(_) => {
            if !value.data_type().is_integer() {
                return None;
            }
            let ScalarValue::Int64(Some(n)) = value.cast_to(&arrow::datatypes::DataType::Int64).ok()? else {
                return None;
            };
            usize::try_from(n).ok().filter(|n| *n > 0).map(Argument::Count)
        }
        Argument::Word(words, _) => {
            let text = value.try_as_str().flatten()?;
            let at = words.iter().position(|word| word.eq_ignore_ascii_case(text))?;
            Some(Argument::Word(words, at))
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::IntervalMonthDayNano;
    use datafusion::logical_expr::lit;

    use super::*;

    const PARAMETERS: &[Parameter] = &[
        Parameter { name: "count", default: "3", value: Argument::Count(3), meaning: "" },
        Parameter { name: "within", default: "INTERVAL '60 seconds'", value: Argument::Interval(60), meaning: "" },
        Parameter { name: "bucket", default: "'day'", value: Argument::Word(&["day", "month"], 0), meaning: "" },
    ];

    fn interval(months: i32, days: i32, nanoseconds: i64) -> Expr {
        lit(ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano { months, days, nanoseconds })))
    }

    #[test]
    fn constants_by_position() {
        let read = |values: &[Expr]| read("f", PARAMETERS, values).map_err(|e| e.to_string());
        let defaults: Vec<_> = PARAMETERS.iter().map(|p| p.value.clone()).collect();
        assert_eq!(read(&[]), Ok(defaults.clone()));
        assert_eq!(read(&[lit(ScalarValue::Null), lit(ScalarValue::Null)]), Ok(defaults));
        let month = Argument::Word(&["day", "month"], 1);
        assert_eq!(
            read(&[lit(5), interval(0, 1, 7), lit("MONTH")]),
            Ok(vec![Argument::Count(5), Argument::Interval(86_400_000_000_007), month])
        );
        for wrong in [vec![lit(0)], vec![lit("x")], vec![lit(1), interval(1, 0, 0)], vec![lit(1), interval(0, 0, -5)]] {
            assert!(read(&wrong).unwrap_err().contains("cannot be"), "{wrong:?}");
        }
        assert!(read(&[datafusion::logical_expr::col("a")]).unwrap_err().contains("constant"));
        assert!(read(&[lit(1), lit(1), lit(1), lit(1)]).unwrap_err().contains("at most 3"));
    }
}
