//! What a query asks its chart to be: `render timechart with (title='x', ycolumns=a, b)` in KQL's words.

/// How the points of a chart are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A line for each series.
    Lines,
    /// A line with what is below it.
    Areas,
    /// Upright bars.
    Columns,
    /// Lying bars.
    Bars,
    /// Lying bars with their share of the whole; for pies.
    Shares,
    /// A dot for each point.
    Points,
    /// How many rows fall where on the axis of time.
    Occurrences,
    /// The values of the first row.
    Card,
}

/// What stands on what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Stacking {
    /// Each series for itself.
    #[default]
    None,
    /// On each other.
    Stacked,
    /// On each other, the whole being 100.
    Hundred,
}

/// The chart that is wanted. Names of columns are exact; what is not said is chosen from the columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// How points are shown.
    pub shape: Shape,
    /// What stands on what.
    pub stacking: Stacking,
    /// The chart's title.
    pub title: Option<String>,
    /// The column of the horizontal axis.
    pub x: Option<String>,
    /// The columns of values.
    pub ys: Vec<String>,
    /// The columns that tell series apart.
    pub series: Vec<String>,
    /// What the horizontal axis is called.
    pub x_title: Option<String>,
    /// What the vertical axis is called.
    pub y_title: Option<String>,
    /// Where the vertical axis begins.
    pub y_min: Option<f64>,
    /// Where the vertical axis ends.
    pub y_max: Option<f64>,
    /// Each value is added to those before it.
    pub accumulates: bool,
    /// Whether series are named beside the chart.
    pub legend: bool,
}

impl Hint {
    /// A chart of a shape, of which all else is chosen.
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            stacking: Stacking::None,
            title: None,
            x: None,
            ys: Vec::new(),
            series: Vec::new(),
            x_title: None,
            y_title: None,
            y_min: None,
            y_max: None,
            accumulates: false,
            legend: true,
        }
    }

    /// What KQL's `render` says. `None` for `table`, which is no chart; an error for kinds that are not drawn. Properties that
    /// change nothing here are returned as well.
    pub fn of_render(chart: &str, properties: &[(String, String)]) -> Result<Option<(Self, Vec<String>)>, String> {
        let mut ignored = Vec::new();
        let (shape, stacking) = match chart {
            "table" | "list" | "plain" => return Ok(None),
            "timechart" | "linechart" => (Shape::Lines, Stacking::None),
            "anomalychart" => (Shape::Lines, Stacking::None),
            "areachart" => (Shape::Areas, Stacking::None),
            "stackedareachart" => (Shape::Areas, Stacking::Stacked),
            "columnchart" => (Shape::Columns, Stacking::None),
            "barchart" => (Shape::Bars, Stacking::None),
            "piechart" => (Shape::Shares, Stacking::None),
            "scatterchart" => (Shape::Points, Stacking::None),
            "timepivot" => (Shape::Occurrences, Stacking::Stacked),
            "card" => (Shape::Card, Stacking::None),
            other => return Err(format!("render {other} is not drawn; the rows are shown")),
        };
        let mut hint = Self { stacking, ..Self::new(shape) };
        let names = |value: &str| value.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
        let number = |value: &str| value.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        for (name, value) in properties {
            match name.as_str() {
                "title" => hint.title = Some(value.clone()),
                "xcolumn" => hint.x = Some(value.clone()),
                "ycolumns" => hint.ys = names(value),
                "series" => hint.series = names(value),
                "xtitle" => hint.x_title = Some(value.clone()),
                "ytitle" => hint.y_title = Some(value.clone()),
                "ymin" => hint.y_min = number(value),
                "ymax" => hint.y_max = number(value),
                "accumulate" => hint.accumulates = value.eq_ignore_ascii_case("true"),
                "legend" => hint.legend = !value.eq_ignore_ascii_case("hidden"),
                "kind" => match value.as_str() {
                    "default" | "unstacked" => hint.stacking = Stacking::None,
                    "stacked" => hint.stacking = Stacking::Stacked,
                    "stacked100" => hint.stacking = Stacking::Hundred,
                    _ => ignored.push(format!("{name}={value}")),
                },
                // One axis and one panel say the same.
                "ysplit" if value == "none" => {}
                "xaxis" | "yaxis" if value == "linear" => {}
                _ => ignored.push(format!("{name}={value}")),
            }
        }
        Ok(Some((hint, ignored)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_render_says() {
        let of = |chart: &str, properties: &[(&str, &str)]| {
            let all: Vec<_> = properties.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Hint::of_render(chart, &all)
        };
        assert_eq!(of("table", &[]), Ok(None));
        assert!(of("treemap", &[]).is_err_and(|e| e.contains("treemap")));
        let (hint, ignored) = of(
            "columnchart",
            &[
                ("kind", "stacked100"),
                ("ycolumns", "a, b"),
                ("title", "T"),
                ("ysplit", "panels"),
                ("ymax", "5"),
                ("ymin", "x"),
            ],
        )
        .unwrap()
        .unwrap();
        assert_eq!((hint.shape, hint.stacking), (Shape::Columns, Stacking::Hundred));
        assert_eq!(hint.ys, ["a", "b"]);
        assert_eq!((hint.title.as_deref(), hint.y_max, hint.y_min), (Some("T"), Some(5.0), None));
        assert_eq!(ignored, ["ysplit=panels"]);
    }
}
