//! A picture with two axes, as inline SVG.
//!
//! Drawn here rather than by a plotting crate: every colour is a class of the page's style sheet, so the same picture serves
//! light, dark and paper, and what a reader may hover over is ours to say.
//!
//! Coordinates are those of the view box, about one CSS pixel each where two pictures stand side by side. A line is thinned
//! to what such a picture can show: per column of half a pixel its first, last, lowest and highest point, as in M4
//! (Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation").

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, Render, html};

use super::axis::Axis;
use super::text::clean;

const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 38.0;
const BOTTOM: f64 = 56.0;

/// Of a file of its own: height of the title, and height and number of the entries of the legend.
const HEAD: f64 = 26.0;
const KEY_HEIGHT: f64 = 18.0;
const KEYS_A_ROW: usize = 2;

/// Width and height between the axes.
const SPAN: (f64, f64) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);

/// Columns per pixel to which lines are thinned.
const COLUMNS: f64 = 2.0;

/// Least distance in pixels between two points that answer to the mouse.
const HOVER_DISTANCE: f64 = 6.0;

/// Most points of a line that answer to the mouse.
const MOST_HOVERS: usize = 300;

/// A coordinate, to a tenth of a pixel.
struct At(f64);

impl Render for At {
    fn render_to(&self, out: &mut String) {
        write!(out, "{:.1}", self.0).expect("strings take everything");
    }
}

/// A picture that shapes are added to, later ones above earlier ones.
pub(super) struct Plot {
    x: Axis,
    y: Axis,
    /// Drawn inside the axes and cut off there.
    inside: Vec<Markup>,
    /// Drawn above everything, in full.
    above: Vec<Markup>,
}

impl Plot {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, inside: Vec::new(), above: Vec::new() }
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
        self.inside.push(html! { polyline class=(class) points=(path.join(" ")) {} });
    }

    /// The area between two heights at each point, `(x, lower, upper)`.
    pub(super) fn band(&mut self, class: &str, points: &[(f64, f64, f64)]) {
        let middle: Vec<(f64, f64)> = points.iter().map(|&(x, lower, upper)| (x, 0.5 * (lower + upper))).collect();
        let kept = self.thinned(&middle);
        let upper = kept.iter().map(|&i| self.corner(points[i].0, points[i].2));
        let lower = kept.iter().rev().map(|&i| self.corner(points[i].0, points[i].1));
        let path: Vec<String> = upper.chain(lower).collect();
        self.inside.push(html! { polygon class=(class) points=(path.join(" ")) {} });
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
            let text = clean(&text(index));
            self.inside.push(html! { circle class="hover" cx=(At(x)) cy=(At(y)) r="5" { title { (text) } } });
        }
    }

    /// A disc, or a diamond, at a point.
    pub(super) fn mark(&mut self, class: &str, diamond: bool, (x, y): (f64, f64), text: &str) {
        if !(self.x.covers(x) && self.y.covers(y)) {
            return;
        }
        let (x, y, text) = (self.x(x), self.y(y), clean(text));
        self.above.push(html! {
            @if diamond {
                path class=(class) d={ "M" (At(x)) " " (At(y - 6.5)) "l6.5 6.5l-6.5 6.5l-6.5 -6.5z" } { title { (text) } }
            } @else {
                circle class=(class) cx=(At(x)) cy=(At(y)) r="6" { title { (text) } }
            }
        });
    }

    /// A disc at each point, in one shape: for very many of them.
    pub(super) fn dots(&mut self, class: &str, points: &[(f64, f64)]) {
        let seen = points.iter().filter(|(x, y)| self.x.covers(*x) && self.y.covers(*y));
        let path: String = seen.map(|&(x, y)| format!("M{:.1} {:.1}h0", self.x(x), self.y(y))).collect();
        if !path.is_empty() {
            self.inside.push(html! { path class=(class) d=(path) {} });
        }
    }

    /// A small disc at a point, for one of many on a line.
    pub(super) fn small_mark(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        if self.x.covers(x) && self.y.covers(y) {
            let (x, y, text) = (self.x(x), self.y(y), clean(text));
            self.above.push(html! { circle class=(class) cx=(At(x)) cy=(At(y)) r="4.5" { title { (text) } } });
        }
    }

    /// How far a point may be off: a line along each axis.
    pub(super) fn whiskers(&mut self, class: &str, (x, y): (f64, f64), xs: (f64, f64), ys: (f64, f64)) {
        let (left, right) = (self.corner(xs.0, y), self.corner(xs.1, y));
        let (low, high) = (self.corner(x, ys.0), self.corner(x, ys.1));
        for ends in [(left, right), (low, high)] {
            self.inside.push(html! { polyline class=(class) points={ (ends.0) " " (ends.1) } {} });
        }
    }

    /// A line from bottom to top.
    pub(super) fn upright(&mut self, class: &str, value: f64) {
        let x = self.x(value);
        self.inside.push(html! { line class=(class) x1=(At(x)) y1=(TOP) x2=(At(x)) y2=(HEIGHT - BOTTOM) {} });
    }

    /// A bar from `from` to `to` with a small gap to its neighbours.
    pub(super) fn bar(&mut self, class: &str, (from, to): (f64, f64), height: f64, text: &str) {
        let (left, right, top, text) = (self.x(from), self.x(to), self.y(height), clean(text));
        let gap = (0.12 * (right - left)).min(1.0);
        let (left, width) = (left + gap, (right - left - 2.0 * gap).max(0.4));
        let tall = (HEIGHT - BOTTOM - top).max(0.0);
        self.inside.push(html! {
            rect class=(class) x=(At(left)) y=(At(top)) width=(At(width)) height=(At(tall)) { title { (text) } }
        });
    }

    /// The picture.
    ///
    /// `label` is read out to those who cannot see it.
    pub(super) fn svg(&self, label: &str, x_title: &str, y_title: &str) -> Markup {
        let whole = format!("0 0 {WIDTH} {HEIGHT}");
        html! {
            svg class="plot" viewBox=(whole) role="img" aria-label=(clean(label)) { (self.shapes(x_title, y_title)) }
        }
    }

    /// The picture as a file of its own, with a title above and below what its lines mean, by their classes.
    pub(super) fn file(&self, titles: [&str; 3], keys: &[(String, &str)], style: &str) -> Markup {
        let [title, x_title, y_title] = titles;
        let bottom = HEAD + HEIGHT;
        let height = bottom + KEY_HEIGHT * keys.len().div_ceil(KEYS_A_ROW) as f64 + 10.0;
        let key_at = |index: usize| {
            let (row, column) = (index / KEYS_A_ROW, index % KEYS_A_ROW);
            let width = (WIDTH - LEFT - RIGHT) / KEYS_A_ROW as f64;
            (LEFT + width * column as f64, bottom + KEY_HEIGHT * (row as f64 + 0.5))
        };
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (height) } width=(1.6 * WIDTH) {
                style { (PreEscaped(style)) }
                rect class="page" width="100%" height="100%" {}
                text class="heading" x=(0.5 * WIDTH) y="20" text-anchor="middle" { (clean(title)) }
                g transform={ "translate(0 " (HEAD) ")" } { (self.shapes(x_title, y_title)) }
                @for (index, (class, name)) in keys.iter().enumerate() {
                    @let (x, y) = key_at(index);
                    line class=(class) x1=(At(x)) y1=(At(y)) x2=(At(x + 26.0)) y2=(At(y)) {}
                    text class="key" x=(At(x + 32.0)) y=(At(y)) dy="0.33em" { (clean(name)) }
                }
            }
        }
    }

    fn shapes(&self, x_title: &str, y_title: &str) -> Markup {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let (width, height) = SPAN;
        let inner = format!("{LEFT} {TOP} {width} {height}");
        html! {
            (self.grid())
            // An inner picture cuts off what lies beyond the axes.
            svg x=(LEFT) y=(TOP) width=(width) height=(height) viewBox=(inner) {
                @for shape in &self.inside { (shape) }
            }
            line class="axis" x1=(LEFT) y1=(bottom) x2=(right) y2=(bottom) {}
            @for shape in &self.above { (shape) }
            text class="title" x="4" y="16" { (clean(&self.y.title(y_title))) }
            text class="title" x=(right) y=(HEIGHT - 8.0) text-anchor="end" { (clean(&self.x.title(x_title))) }
        }
    }

    /// Ticks with what stands at them, and the lines across.
    fn grid(&self) -> Markup {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let rows = self.y.ticks().map(|(place, text)| (At(TOP + SPAN.1 * (1.0 - place)), text));
        let columns = self.x.ticks().map(|(place, text)| (At(LEFT + SPAN.0 * place), text));
        html! {
            @for (y, text) in rows {
                line class="grid" x1=(LEFT) y1=(y) x2=(right) y2=(y) {}
                text class="tick" x=(LEFT - 8.0) y=(y) dy="0.33em" text-anchor="end" { (text) }
            }
            @for (x, text) in columns {
                line class="axis" x1=(x) y1=(bottom) x2=(x) y2=(bottom + 5.0) {}
                text class="tick" x=(x) y=(bottom + 9.0) dy="0.8em" text-anchor="middle" { (text) }
            }
        }
    }
}
