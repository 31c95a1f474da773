//! A picture of lines as an SVG file of its own: results beside a report, drawn by the same means.

use super::axis::{Axis, Unit};
use super::plot::Plot;

/// Told apart on white, neighbours above all.
const COLOURS: [&str; 12] = [
    "#c80028", "#006e3c", "#3c3c3c", "#a05a00", "#6e2896", "#788200", "#be5082", "#005ac8", "#0096aa", "#78aae6",
    "#e68200", "#969696",
];

const STYLE: &str = "\
text { font: 13px sans-serif; fill: #5a6472; }
text.heading { font-size: 16px; fill: #1b222c; }
.page { fill: #fff; }
.grid { stroke: #dce1e7; }
.axis { stroke: #5a6472; }
.line { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.first { stroke-width: 2.6; }
.dashed { stroke-dasharray: 6 4; }
.whisker { stroke: currentColor; stroke-width: 1; }
.mark { fill: currentColor; r: 3px; }
";

/// A line with error bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// As the legend has it.
    pub name: String,
    /// From left to right: (x, y, half the height of the bar).
    pub points: Vec<(f64, f64, f64)>,
    /// Told apart from the others.
    pub dashed: bool,
}

/// How values are placed on both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By their size; the horizontal axis begins at 0 or at the least point.
    Linear {
        /// It begins at 0.
        from_zero: bool,
    },
    /// By their logarithms; points that are not positive are left out.
    Logarithmic,
}

/// What is drawn. The first line is wider than the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the horizontal axis.
    pub x: &'a str,
    /// Above the vertical axis.
    pub y: &'a str,
    /// Of both axes.
    pub scale: Scale,
    /// The vertical axis shows no more than this, and lines are cut; else it holds every point.
    pub within: Option<(f64, f64)>,
    /// The lines.
    pub lines: &'a [Line],
}

impl Picture<'_> {
    /// The picture as SVG; `None` if there is no point to draw.
    #[must_use]
    pub fn svg(&self) -> Option<String> {
        let lines: Vec<Vec<(f64, f64, f64, f64)>> = self.lines.iter().map(|line| self.placed(line)).collect();
        let (x, y) = self.axes(lines.iter().flatten().copied())?;
        let mut plot = Plot::new(x, y);
        let mut keys = Vec::new();
        for (index, (line, points)) in self.lines.iter().zip(&lines).enumerate() {
            let colour = format!("colour{}", index % COLOURS.len());
            let width = if index == 0 { " first" } else { "" };
            let class = format!("line {colour}{width}{}", if line.dashed { " dashed" } else { "" });
            for &(x, _, low, high) in points.iter().filter(|(_, _, low, high)| low < high) {
                plot.line(&format!("whisker {colour}"), &[(x, low), (x, high)]);
            }
            plot.line(&class, &points.iter().map(|&(x, y, ..)| (x, y)).collect::<Vec<_>>());
            for &(x, y, ..) in points {
                plot.small_mark(&format!("mark {colour}"), (x, y), &line.name);
            }
            keys.push((class, line.name.as_str()));
        }
        let colours = COLOURS.iter().enumerate();
        let colours = colours.map(|(index, colour)| format!(".colour{index} {{ color: {colour}; }}\n"));
        let style = STYLE.to_owned() + &colours.collect::<String>();
        Some(plot.file([self.title, self.x, self.y], &keys, &style).into_string())
    }

    /// Points of a line on the axes, with the ends of their bars.
    fn placed(&self, line: &Line) -> Vec<(f64, f64, f64, f64)> {
        let bars = line.points.iter().map(|&(x, y, bar)| (x, y, y - bar, y + bar));
        match self.scale {
            Scale::Linear { .. } => bars.collect(),
            Scale::Logarithmic => {
                let positive = bars.filter(|&(x, y, ..)| x > 0.0 && y > 0.0);
                let low = |y: f64, low: f64| if low > 0.0 { low.log10() } else { y.log10() };
                positive.map(|(x, y, least, most)| (x.log10(), y.log10(), low(y, least), most.log10())).collect()
            }
        }
    }

    fn axes(&self, points: impl Iterator<Item = (f64, f64, f64, f64)>) -> Option<(Axis, Axis)> {
        let wider = |(least, most): (f64, f64), low: f64, high: f64| (least.min(low), most.max(high));
        let nothing = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
        let (xs, ys) = points.fold(nothing, |(xs, ys), (x, _, low, high)| (wider(xs, x, x), wider(ys, low, high)));
        if xs.0 > xs.1 {
            return None;
        }
        let ys = self.within.map_or(ys, |(least, most)| (ys.0.max(least), ys.1.min(most)));
        Some(match self.scale {
            Scale::Logarithmic => (Axis::of_logarithms(xs.0, xs.1), Axis::of_logarithms(ys.0, ys.1)),
            Scale::Linear { from_zero } => {
                let least = if from_zero { 0.0 } else { xs.0 };
                let (side, margin) = (0.03 * (xs.1 - least), 0.05 * (ys.1 - ys.0));
                let left = if from_zero { 0.0 } else { least - side };
                let y = Axis::new(ys.0 - margin, ys.1 + margin, 6, Unit::Plain);
                (Axis::new(left, xs.1 + side, 6, Unit::Plain), y)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture<'a>(lines: &'a [Line], scale: Scale) -> Picture<'a> {
        Picture { title: "a < b", x: "x", y: "y", scale, within: None, lines }
    }

    #[test]
    fn a_file_has_every_line_and_stands_alone() {
        let line =
            |name: &str, dashed| Line { name: name.into(), points: vec![(1.0, 2.0, 0.5), (3.0, 1.0, 0.0)], dashed };
        let lines = [line("one", false), line("two & three", true)];
        for scale in [Scale::Linear { from_zero: true }, Scale::Linear { from_zero: false }, Scale::Logarithmic] {
            let svg = picture(&lines, scale).svg().unwrap();
            assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"));
            assert!(svg.contains("a &lt; b") && svg.contains(">one<") && svg.contains(">two &amp; three<"));
            assert_eq!((svg.matches("<circle").count(), svg.matches("<polyline").count()), (4, 2 + 2), "{svg}");
        }
    }

    #[test]
    fn points_without_a_place_are_left_out() {
        assert_eq!(picture(&[], Scale::Logarithmic).svg(), None);
        let line = Line { name: "l".into(), points: vec![(0.0, 1.0, 0.0), (10.0, 0.1, 1.0)], dashed: false };
        let svg = picture(&[line], Scale::Logarithmic).svg().unwrap();
        assert_eq!(svg.matches("<circle").count(), 1);
        let line = Line { name: "l".into(), points: vec![(0.0, 1.0, 0.0), (1.0, 9.0, 0.0)], dashed: false };
        let lines = [line];
        let cut = Picture { within: Some((0.0, 2.0)), ..picture(&lines, Scale::Linear { from_zero: true }) };
        assert_eq!(cut.svg().unwrap().matches("<circle").count(), 1);
    }
}
