//! A picture with two axes, as inline SVG.
//!
//! Drawn here rather than by a plotting crate: every colour is a class of the page's style sheet, so the same picture serves
//! light, dark and paper, and what a reader may hover over is ours to say.
//!
//! Coordinates are those of the view box, about one CSS pixel each where two pictures stand side by side. A line is thinned
//! to what such a picture can show: per column of half a pixel its first, last, lowest and highest point, as in M4
//! (Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation").

use super::axis::Axis;
use super::text::escape;

const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 38.0;
const BOTTOM: f64 = 56.0;

/// Width and height between the axes.
const SPAN: (f64, f64) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);

/// Columns per pixel to which lines are thinned.
const COLUMNS: f64 = 2.0;

/// Least distance in pixels between two points that answer to the mouse.
const HOVER_DISTANCE: f64 = 6.0;

/// Most points of a line that answer to the mouse.
const MOST_HOVERS: usize = 300;

/// A picture that shapes are added to, later ones above earlier ones.
pub(super) struct Plot {
    x: Axis,
    y: Axis,
    /// Drawn inside the axes and cut off there.
    inside: String,
    /// Drawn above everything, in full.
    above: String,
}

impl Plot {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, inside: String::new(), above: String::new() }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + SPAN.0 * self.x.place(value)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + SPAN.1 * (1.0 - self.y.place(value))
    }

    /// Points in order of x that are worth drawing, cut to the axes and one point beyond.
    fn thinned(&self, points: &[(f64, f64)]) -> Vec<usize> {
        let known: Vec<usize> =
            (0..points.len()).filter(|&i| points[i].0.is_finite() && points[i].1.is_finite()).collect();
        let first = known.partition_point(|&i| points[i].0 < self.x.lo()).saturating_sub(1);
        let end = (known.partition_point(|&i| points[i].0 <= self.x.hi()) + 1).min(known.len());
        let column = |i: &usize| (self.x(points[*i].0) * COLUMNS).floor();
        let mut kept = Vec::new();
        for group in known[first.min(end)..end].chunk_by(|a, b| column(a) == column(b)) {
            let by_height = |a: &&usize, b: &&usize| points[**a].1.total_cmp(&points[**b].1);
            let lowest = group.iter().min_by(by_height);
            let highest = group.iter().max_by(by_height);
            let mut of_column: Vec<usize> =
                [group.first(), lowest, highest, group.last()].into_iter().flatten().copied().collect();
            of_column.sort_unstable();
            of_column.dedup();
            kept.extend(of_column);
        }
        kept
    }

    /// A line through points, x not decreasing.
    pub(super) fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let kept = self.thinned(points);
        let path: Vec<String> = kept.into_iter().map(|i| self.corner(points[i].0, points[i].1)).collect();
        self.inside += &format!(r#"<polyline class="{class}" points="{}"/>"#, path.join(" "));
    }

    /// The area between two heights at each point, `(x, lower, upper)`.
    pub(super) fn band(&mut self, class: &str, points: &[(f64, f64, f64)]) {
        let middle: Vec<(f64, f64)> = points.iter().map(|&(x, lower, upper)| (x, 0.5 * (lower + upper))).collect();
        let kept = self.thinned(&middle);
        let upper = kept.iter().map(|&i| self.corner(points[i].0, points[i].2));
        let lower = kept.iter().rev().map(|&i| self.corner(points[i].0, points[i].1));
        let path: Vec<String> = upper.chain(lower).collect();
        self.inside += &format!(r#"<polygon class="{class}" points="{}"/>"#, path.join(" "));
    }

    fn corner(&self, x: f64, y: f64) -> String {
        let (x, y) = (self.x.reach(x), self.y.reach(y));
        format!("{:.1},{:.1}", LEFT + SPAN.0 * x, TOP + SPAN.1 * (1.0 - y))
    }

    /// Text that shows when the mouse is at a point; where points are close, or very many, some are left out.
    pub(super) fn hover(&mut self, points: &[(f64, f64)], text: impl Fn(usize) -> String) {
        let mut chosen: Vec<(usize, f64, f64)> = Vec::new();
        for (index, &(x, y)) in points.iter().enumerate().filter(|(_, (x, y))| self.x.covers(*x) && self.y.covers(*y)) {
            let (x, y) = (self.x(x), self.y(y));
            if chosen.last().is_none_or(|last| (x - last.1).hypot(y - last.2) >= HOVER_DISTANCE) {
                chosen.push((index, x, y));
            }
        }
        for &(index, x, y) in chosen.iter().step_by(chosen.len().div_ceil(MOST_HOVERS).max(1)) {
            let text = escape(&text(index));
            self.inside +=
                &format!(r#"<circle class="hover" cx="{x:.1}" cy="{y:.1}" r="5"><title>{text}</title></circle>"#);
        }
    }

    /// A disc, or a diamond, at a point.
    pub(super) fn mark(&mut self, class: &str, diamond: bool, (x, y): (f64, f64), text: &str) {
        if !(self.x.covers(x) && self.y.covers(y)) {
            return;
        }
        let (x, y, text) = (self.x(x), self.y(y), escape(text));
        let shape = if diamond {
            format!(r#"<path class="{class}" d="M{x:.1} {:.1}l6.5 6.5l-6.5 6.5l-6.5 -6.5z">"#, y - 6.5)
        } else {
            format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="6">"#)
        };
        let end = if diamond { "path" } else { "circle" };
        self.above += &format!("{shape}<title>{text}</title></{end}>");
    }

    /// A disc at each point, in one shape: for very many of them.
    pub(super) fn dots(&mut self, class: &str, points: &[(f64, f64)]) {
        let seen = points.iter().filter(|(x, y)| self.x.covers(*x) && self.y.covers(*y));
        let path: String = seen.map(|&(x, y)| format!("M{:.1} {:.1}h0", self.x(x), self.y(y))).collect();
        if !path.is_empty() {
            self.inside += &format!(r#"<path class="{class}" d="{path}"/>"#);
        }
    }

    /// A small disc at a point, for one of many on a line.
    pub(super) fn small_mark(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        if self.x.covers(x) && self.y.covers(y) {
            let (x, y, text) = (self.x(x), self.y(y), escape(text));
            self.above +=
                &format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4.5"><title>{text}</title></circle>"#);
        }
    }

    /// How far a point may be off: a line along each axis.
    pub(super) fn whiskers(&mut self, class: &str, (x, y): (f64, f64), xs: (f64, f64), ys: (f64, f64)) {
        let (left, right) = (self.corner(xs.0, y), self.corner(xs.1, y));
        let (low, high) = (self.corner(x, ys.0), self.corner(x, ys.1));
        for ends in [(left, right), (low, high)] {
            self.inside += &format!(r#"<polyline class="{class}" points="{} {}"/>"#, ends.0, ends.1);
        }
    }

    /// A line from bottom to top.
    pub(super) fn upright(&mut self, class: &str, value: f64) {
        let x = self.x(value);
        self.inside +=
            &format!(r#"<line class="{class}" x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{:.1}"/>"#, HEIGHT - BOTTOM);
    }

    /// A bar from `from` to `to` with a small gap to its neighbours.
    pub(super) fn bar(&mut self, class: &str, (from, to): (f64, f64), height: f64, text: &str) {
        let (left, right, top, text) = (self.x(from), self.x(to), self.y(height), escape(text));
        let gap = (0.12 * (right - left)).min(1.0);
        let (left, width) = (left + gap, (right - left - 2.0 * gap).max(0.4));
        let tall = (HEIGHT - BOTTOM - top).max(0.0);
        self.inside += &format!(
            r#"<rect class="{class}" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{tall:.1}"><title>{text}</title></rect>"#
        );
    }

    /// The picture.
    ///
    /// `label` is read out to those who cannot see it.
    pub(super) fn svg(&self, label: &str, x_title: &str, y_title: &str) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let mut grid = String::new();
        for (place, text) in self.y.ticks() {
            let (y, end) = (TOP + SPAN.1 * (1.0 - place), LEFT - 8.0);
            grid += &format!(r#"<line class="grid" x1="{LEFT}" y1="{y:.1}" x2="{right}" y2="{y:.1}"/>"#);
            grid += &format!(r#"<text class="tick" x="{end}" y="{y:.1}" dy="0.33em" text-anchor="end">{text}</text>"#);
        }
        for (place, text) in self.x.ticks() {
            let (x, tick, y) = (LEFT + SPAN.0 * place, bottom + 5.0, bottom + 9.0);
            grid += &format!(r#"<line class="axis" x1="{x:.1}" y1="{bottom}" x2="{x:.1}" y2="{tick}"/>"#);
            grid += &format!(r#"<text class="tick" x="{x:.1}" y="{y}" dy="0.8em" text-anchor="middle">{text}</text>"#);
        }
        let (label, inside, above) = (escape(label), &self.inside, &self.above);
        let (x_title, y_title) = (escape(&self.x.title(x_title)), escape(&self.y.title(y_title)));
        let (x_title_at, (width, height)) = (HEIGHT - 8.0, SPAN);
        [
            format!(r#"<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{grid}"#),
            // An inner picture cuts off what lies beyond the axes.
            format!(r#"<svg x="{LEFT}" y="{TOP}" width="{width}" height="{height}" "#),
            format!(r#"viewBox="{LEFT} {TOP} {width} {height}">{inside}</svg>"#),
            format!(r#"<line class="axis" x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>{above}"#),
            format!(r#"<text class="title" x="4" y="16">{y_title}</text>"#),
            format!(r#"<text class="title" x="{right}" y="{x_title_at}" text-anchor="end">{x_title}</text></svg>"#),
        ]
        .concat()
    }
}
