//! Curves as small SVG pictures with their numbers in words. What is drawn, others decide.

use maud::{Markup, html};

use super::chart::{Series, legend};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 36.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 16.0;
/// Names below an axis that do not run into each other.
const NAMES_MAX: usize = 8;
/// Points said in words; of more, every so manieth.
const SAID_MAX: usize = 60;

/// One line through points, from left to right.
pub(super) struct Curve {
    pub(super) series: Series,
    pub(super) points: Vec<(f64, f64)>,
}

/// How an axis is laid out, and how its values are written.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub(super) label: &'static str,
    pub(super) written: fn(f64) -> String,
}

/// Curves over one axis; the upright one begins with `least`. `names` are the values below that are written out.
pub(super) fn curves(
    title: &str,
    across: Axis,
    (upright, least): (Axis, f64),
    curves: &[Curve],
) -> Markup {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let most = points().map(|(_, y)| *y).fold(least, f64::max);
    let height = (most - least).max(f64::MIN_POSITIVE);
    let from = points().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let to = points().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max);
    let span = (to - from).max(f64::MIN_POSITIVE);
    let x = |value: f64| LEFT + (value - from) / span * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - least) / height * (HEIGHT - BOTTOM - TOP);
    let at = |value: f64| format!("{value:.1}");
    let names: Vec<f64> =
        (0..NAMES_MAX).map(|at| from + span * at as f64 / (NAMES_MAX - 1) as f64).collect();
    let series: Vec<Series> = curves.iter().map(|curve| curve.series).collect();
    html! {
        figure {
            figcaption { (title) ": " (legend(&series)) }
            svg role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) {
                title { (title) }
                desc { (said(across, upright, curves)) }
                @for value in [least, least + height / 2.0, least + height] {
                    line x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y(value))) y2=(at(y(value))) {}
                    text.soft x=(at(LEFT - 6.0)) y=(at(y(value) + 4.0)) text-anchor="end" { ((upright.written)(value)) }
                }
                @for (nth, name) in names.iter().enumerate() {
                    // The last would run over the edge.
                    @let anchor = if nth + 1 < names.len() { "middle" } else { "end" };
                    text.soft x=(at(x(*name))) y=(at(HEIGHT - BOTTOM + 16.0)) text-anchor=(anchor) { ((across.written)(*name)) }
                }
                text.soft x=(at(WIDTH - RIGHT)) y=(at(HEIGHT - 4.0)) text-anchor="end" { (across.label) }
                text.soft x="0" y=(at(TOP - 2.0)) { (upright.label) }
                @for curve in curves {
                    @let drawn: Vec<String> = curve.points.iter().map(|(px, py)| format!("{:.1},{:.1}", x(*px), y(*py))).collect();
                    polyline class=(format!("stroke {}", curve.series.class)) points=(drawn.join(" ")) {}
                }
            }
        }
    }
}

fn said(across: Axis, upright: Axis, curves: &[Curve]) -> String {
    let of_curve = |curve: &Curve| {
        let every = curve.points.len().div_ceil(SAID_MAX).max(1);
        let points = curve.points.iter().step_by(every);
        let points: Vec<String> = points
            .map(|(x, y)| format!("{} {}", (across.written)(*x), (upright.written)(*y)))
            .collect();
        format!("{}: {}", curve.series.label, points.join(", "))
    };
    curves.iter().map(of_curve).collect::<Vec<_>>().join("; ")
}
