//! The page as a whole: sound markup, every section, harmless names, and nothing that only a computer would print.

pub(super) mod markup;

use ndarray::Array2;
use proptest::prelude::*;
use secateur_program::Control;

use super::*;
use markup::check_page;
use secateur::forest::grow::{GrowParams, grow};
use secateur::forest::{CurvePoint, DatasetView, LossOn, PriceList, Source, SourceId, TargetView, prune};

const SECTIONS: [&str; 6] = ["chosen", "frontier", "sources", "spread", "points", "notes"];

pub(super) const HOSTILE: &str = "<script>alert('x')</script>\"& onload=\u{1}\u{202e}";

/// A model on generated rows with everything a report needs.
struct Case {
    model: BudgetedForest,
    names: Vec<String>,
    valid: Curve,
    costs: Costs,
    chosen: OperatingPoint,
    intervals: Option<ReportIntervals>,
}

impl Case {
    fn new(shape: Shape) -> Self {
        let Shape { rows, sources, trees, price, .. } = shape;
        let n_features = shape.n_features.max(1);
        let x = Array2::from_shape_fn((rows, n_features), |(row, feature)| {
            ((row * (7 + 2 * feature) + feature) % (5 + 3 * feature)) as f64
        });
        let labels: Vec<u32> = (0..rows as u32).map(|row| (row * 5 % 7) % 3).collect();
        let values: Vec<f64> = (0..rows).map(|row| ((row * 5) % 11) as f64 - 3.0).collect();
        let target = if shape.regression {
            TargetView::Values(&values)
        } else {
            TargetView::Classes { labels: &labels, n_classes: 3 }
        };
        let params = GrowParams { n_trees: trees, ..GrowParams::default() };
        let control = Control::new();
        let forest = grow(x.view(), target, &[], None, &params, &control).unwrap().forest;
        let loss = secateur::forest::Loss::default_for(forest.task());
        let examples = DatasetView::new(x.view(), target, None).unwrap();
        let names: Vec<String> = (0..n_features).map(|feature| format!("{}{feature}", shape.prefix)).collect();
        let priced = (0..sources).map(|source| Source {
            name: names.get(source).cloned().unwrap_or_else(|| format!("group {source}")),
            per_example: price * (1 + source % 3) as f64,
            per_model: if shape.per_model { price } else { 0.0 },
        });
        let needs =
            (0..n_features).map(|feature| (feature..sources.min(feature + 2)).map(|s| SourceId(s as u32)).collect());
        let prices = PriceList::new(priced.collect(), needs.collect()).unwrap();
        let split_price = if shape.per_model { price / 10.0 } else { 0.0 };
        let prices = prices.with_split_prices(split_price, split_price).unwrap();
        let model = prune(forest, loss, LossOn::HoldOut(examples), examples, &prices, &control).unwrap().budgeted;
        let weights: Vec<f64> = (0..rows).map(|row| 1.0 + (row % 3) as f64 / 7.0).collect();
        let weights = shape.weighted.then_some(&weights[..]);
        let seen = if shape.labelled {
            DatasetView::new(x.view(), target, weights).unwrap()
        } else {
            DatasetView::unlabelled(x.view(), weights).unwrap()
        };
        let valid = model.curve(seen, &control).unwrap();
        let chosen = OperatingPoint(shape.chosen % model.points().len() as u32);
        let costs = model.costs(x.view(), chosen).unwrap();
        let options = secateur::forest::IntervalOptions { resamples: 50, ..Default::default() };
        let intervals = shape
            .intervals
            .then(|| ReportIntervals::measure(&model, chosen, &valid, seen, &options, &control).unwrap());
        Self { model, names, valid, costs, chosen, intervals }
    }

    fn page(&self, title: &str, notes: &[(String, String)], prune: Option<&Curve>) -> String {
        let input = ReportInput {
            title,
            model: &self.model,
            chosen: self.chosen,
            feature_names: &self.names,
            prune,
            valid: &self.valid,
            valid_costs: &self.costs,
            intervals: self.intervals.as_ref(),
            notes,
        };
        let mut page = Vec::new();
        write_html(&input, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        check_page(&page);
        page
    }

    fn plain_page(&self) -> String {
        self.page("Title", &[("Rows".into(), "12".into())], None)
    }
}

#[derive(Debug, Clone)]
struct Shape {
    rows: usize,
    n_features: usize,
    sources: usize,
    trees: usize,
    price: f64,
    prefix: &'static str,
    regression: bool,
    labelled: bool,
    per_model: bool,
    weighted: bool,
    intervals: bool,
    chosen: u32,
}

const SHAPE: Shape = Shape {
    rows: 40,
    n_features: 4,
    sources: 4,
    trees: 5,
    price: 1.0,
    prefix: "feature ",
    regression: false,
    labelled: true,
    per_model: false,
    weighted: false,
    intervals: false,
    chosen: 3,
};

fn has_all_sections(page: &str) -> bool {
    SECTIONS.iter().all(|section| page.contains(&format!("<section id=\"{section}\">")))
}

#[test]
fn a_page_has_every_section_and_the_chosen_figures() {
    let case = Case::new(SHAPE);
    let page = case.page("Toy", &[("Seed".into(), "7".into())], Some(&case.valid));
    assert!(has_all_sections(&page));
    let point = case.valid.at(case.chosen);
    assert!(page.contains(&format!("costs <b>{}</b> per example", text::number(point.cost))));
    assert!(page.contains(&text::percent_with(point.error.unwrap(), 2)));
    assert!(page.contains("<title>Chosen, λ") && page.contains("<title>Unpruned forest, λ"));
    assert!(page.contains("pruning data") && page.contains("Splits kept per tree") && page.contains("Log-loss"));
    assert_eq!(page, case.page("Toy", &[("Seed".into(), "7".into())], Some(&case.valid)), "the same bytes again");
}

#[test]
fn the_checker_refuses_unsound_markup() {
    for page in [
        "<p>",
        "<p></b></p>",
        "<p class=a></p>",
        "<p a=\"1\"b=\"2\"></p>",
        "<p>NaN</p>",
        "<p>a&b</p>",
        "<p onclick=\"\"></p>",
    ] {
        let page = format!("<!DOCTYPE html>{page}");
        assert!(std::panic::catch_unwind(|| check_page(&page)).is_err(), "{page}");
    }
    check_page("<!DOCTYPE html><p a=\"&lt;\">x &amp; y<br/></p>");
}

#[test]
fn hostile_names_are_text() {
    let case = Case::new(Shape { prefix: HOSTILE, chosen: u32::MAX, ..SHAPE });
    let page = case.page(HOSTILE, &[(HOSTILE.into(), HOSTILE.into())], Some(&case.valid));
    assert!(page.contains("&lt;script&gt;alert('x')&lt;/script&gt;&quot;&amp; onload=\u{fffd}"));
}

#[test]
fn standard_errors_are_given_where_examples_count_once() {
    let case = Case::new(SHAPE);
    assert!(case.plain_page().contains("±"));
    let weighted = Case::new(Shape { weighted: true, ..SHAPE });
    assert!(!weighted.plain_page().contains("±"));
}

#[test]
fn bands_stand_in_for_standard_errors() {
    for regression in [false, true] {
        let case = Case::new(Shape { intervals: true, weighted: true, regression, ..SHAPE });
        let (page, intervals) = (case.plain_page(), case.intervals.as_ref().unwrap());
        let interval = intervals.point.cost;
        assert!(
            page.contains(&format!("{} to {}", text::number(interval.low), text::number(interval.high))),
            "{interval:?}"
        );
        assert!(page.contains("95% bootstrap confidence interval") && !page.contains('\u{b1}'));
        assert!(page.contains("of the unpruned forest on the same examples"));
        assert!(intervals.frontier.len() >= 2 && page.contains("class=\"band\""));
        assert!(!Case::new(Shape { weighted: true, regression, ..SHAPE }).plain_page().contains("bootstrap"));
    }
}

#[test]
fn contributions_add_up_to_the_mean_cost() {
    for per_model in [false, true] {
        let case = Case::new(Shape { per_model, ..SHAPE });
        let input = ReportInput {
            title: "",
            model: &case.model,
            chosen: case.chosen,
            feature_names: &[],
            prune: None,
            valid: &case.valid,
            valid_costs: &case.costs,
            intervals: None,
            notes: &[],
        };
        let facts = facts::Facts::new(&input);
        let splits: u32 = case.costs.splits.iter().sum();
        let evaluated = f64::from(splits) / 40.0 * case.model.prices().per_split();
        assert!((facts.split_costs.0 - evaluated).abs() < 1e-9);
        let sum: f64 = facts.sources.iter().map(|used| used.contribution).sum();
        assert!((sum + facts.split_costs.0 + facts.split_costs.1 - facts.chosen.cost).abs() < 1e-9);
    }
}

#[test]
fn odd_models_have_a_page_too() {
    let odd = [
        Shape { sources: 0, ..SHAPE },
        Shape { price: 0.0, ..SHAPE },
        Shape { price: 1e12, per_model: true, ..SHAPE },
        Shape { price: 1e-12, regression: true, ..SHAPE },
        Shape { chosen: 0, ..SHAPE },
        Shape { labelled: false, ..SHAPE },
        Shape { labelled: false, sources: 0, chosen: 0, ..SHAPE },
        Shape { trees: 70, ..SHAPE },
        Shape { rows: 1, trees: 1, chosen: 0, ..SHAPE },
        Shape { rows: 1, trees: 1, regression: true, labelled: false, ..SHAPE },
        Shape { n_features: 60, sources: 60, ..SHAPE },
    ];
    for shape in odd {
        let case = Case::new(shape.clone());
        assert!(has_all_sections(&case.plain_page()), "{shape:?}");
        case.page("", &[], Some(&case.valid));
    }
}

#[test]
fn many_sources_are_capped_and_the_rest_is_counted() {
    let page = Case::new(Shape { n_features: 60, sources: 60, ..SHAPE }).plain_page();
    assert!(page.contains("20 more sources"));
}

#[test]
fn long_lines_are_thinned_to_what_can_be_seen() {
    let mut plot = plot::Plot::new(
        axis::Axis::new(0.0, 1.0, 5, axis::Unit::Plain),
        axis::Axis::new(0.0, 1.0, 5, axis::Unit::Plain),
    );
    let many: Vec<(f64, f64)> =
        (0..200_000).map(|i| (f64::from(i) / 2e5, f64::from(i % 1000 * 7919 % 1000) / 999.0)).collect();
    plot.line("line", &many);
    plot.hover(&many, |index| index.to_string());
    let svg = plot.svg("", "", "").into_string();
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    // Lowest and highest point of the line survive the thinning.
    assert!(svg.contains(",38.0 ") && svg.contains(",274.0 "));
}

#[test]
fn the_table_spreads_its_points_over_the_curve() {
    let mut curve = Case::new(SHAPE).valid;
    let first = curve.points[0];
    curve.points = (0..3000)
        .map(|row| CurvePoint {
            point: OperatingPoint(row),
            cost: f64::from(row).powi(2) / 1e6,
            error: Some(0.5 * 0.99f64.powi(row as i32)),
            ..first
        })
        .collect();
    let rows = facts::spread(&curve, OperatingPoint(7), 12);
    assert_eq!(rows.len(), 12);
    assert!([0, 7, 2999].iter().all(|row| rows.contains(row)));
    let steep = rows.iter().filter(|row| **row < 300).count();
    assert!((4..9).contains(&steep), "the fall of the loss and the rise of the cost are both shown: {rows:?}");
    curve.points.truncate(5);
    assert_eq!(facts::spread(&curve, OperatingPoint(2), 12), [0, 1, 2, 3, 4]);
}

#[test]
fn unknown_and_infinite_numbers_are_shown_as_such() {
    let mut case = Case::new(SHAPE);
    for (index, point) in case.valid.points.iter_mut().enumerate() {
        point.lambda = f64::INFINITY;
        point.log_loss = Some(if index % 2 == 0 { f64::NAN } else { f64::INFINITY });
        point.cost = if index % 3 == 1 { f64::NAN } else { point.cost };
    }
    case.costs.per_example.fill(f64::NAN);
    let page = case.plain_page();
    assert!(page.contains("∞") && page.contains(text::UNKNOWN));
}

#[test]
fn curves_of_another_model_are_refused() {
    let case = Case::new(SHAPE);
    let mut valid = case.valid.clone();
    valid.points.pop();
    let input = ReportInput {
        title: "",
        model: &case.model,
        chosen: case.chosen,
        feature_names: &[],
        prune: None,
        valid: &valid,
        valid_costs: &case.costs,
        intervals: None,
        notes: &[],
    };
    let error = write_html(&input, io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    let n = case.valid.points.len();
    assert_eq!(
        error.to_string(),
        format!("the curve of the validation data has {} operating points, the model {n}", n - 1)
    );
}

#[test]
fn numbers_are_written_for_people() {
    let written =
        [0.0, -0.0, 3.0, 0.12345, 12.3456, 1234.5, 1_234_567.0, 12e6, 1.5e-5, -2.5, f64::NAN, f64::INFINITY, 9.9996];
    let expected =
        ["0", "0", "3", "0.1235", "12.35", "1,234", "1,234,567", "1.20 × 10⁷", "1.50 × 10⁻⁵", "−2.5", "–", "∞", "10"];
    assert_eq!(written.map(text::number), expected);
    assert_eq!([0.0, 0.0316, 1.0, 1e-6].map(text::percent), ["0%", "3.2%", "100%", "1.00 × 10⁻⁴%"]);
    assert_eq!(text::fixed(-0.001, 2), "0.00");
    assert_eq!(text::with_error(5.8671, 0.04004), ("5.867".into(), "0.040".into()));
    assert_eq!(text::with_error(1e12, 1e8), ("1.00 × 10¹²".into(), "1.00 × 10⁸".into()));
    assert_eq!(text::counted(1, "tree") + &text::counted(1200, "tree"), "1 tree1,200 trees");
    let column = text::Column::of([0.5, 12.25, 100.0]);
    assert_eq!([0.5, 12.25, 100.0].map(|value| column.write(value)), ["0.50", "12.25", "100.00"]);
    let prices = text::Column::of([0.01, 5000.5]);
    assert_eq!([0.01, 5000.5].map(|value| prices.write(value)), ["0.01", "5,000"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_small_model_has_a_sound_page(
        rows in 1usize..40,
        n_features in 1usize..6,
        sources in 0usize..8,
        trees in 1usize..8,
        price in prop::sample::select(vec![0.0, 1e-9, 0.3, 1.0, 1e9]),
        flags in any::<[bool; 6]>(),
        chosen in any::<u32>(),
    ) {
        let [regression, labelled, per_model, weighted, with_prune, intervals] = flags;
        let prefix = if per_model { HOSTILE } else { "f" };
        let case = Case::new(Shape { rows, n_features, sources, trees, price, prefix, regression, labelled, per_model, weighted, intervals, chosen });
        let page = case.page(prefix, &[("a".into(), "b".into())], with_prune.then_some(&case.valid));
        prop_assert!(has_all_sections(&page));
    }
}
