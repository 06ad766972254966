//! Charts as small SVG pictures with their numbers in words. What is drawn, others decide.

use maud::{Markup, html};

/// Bars in one picture: as many as fit on a sheet of A4, which a picture cannot break across.
const BARS_MAX: usize = 40;
/// All widths and heights are in the units of the picture, which is scaled to the sheet.
const WIDTH: u64 = 720;
const NAME_WIDTH: u64 = 210;
const BAR_WIDTH: u64 = 290;
const BAR_HEIGHT: usize = 20;
/// Characters of a name that its column holds; the whole name stands in the table.
const NAME_CHARS_MAX: usize = 16;
const COLUMNS_HEIGHT: u64 = 180;
const LEFT: u64 = 48;
/// Room for the rest of the last name below the axis.
const RIGHT: u64 = 24;
/// Names below an axis that do not run into each other.
const NAMES_MAX: usize = 12;

/// What a colour stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    pub(super) class: &'static str,
    pub(super) label: &'static str,
}

/// One bar: parts of a whole, side by side.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) name: String,
    /// One number a series.
    pub(super) parts: Vec<u64>,
    /// What the full width stands for.
    pub(super) whole: u64,
    /// The numbers in words.
    pub(super) text: String,
}

/// Lying bars, one below the other.
pub(super) fn bars(title: &str, series: &[Series], bars: &[Bar]) -> Markup {
    let count = bars.chunks(BARS_MAX).len();
    html! {
        @for (index, part) in bars.chunks(BARS_MAX).enumerate() {
            @let title = if count > 1 { format!("{title}({}/{count})", index + 1) } else { title.to_owned() };
            figure {
                figcaption { (title) @if series.len() > 1 { ":" (legend(series)) } }
                (lying(&title, series, part))
            }
        }
    }
}

fn lying(title: &str, series: &[Series], bars: &[Bar]) -> Markup {
    let height = bars.len() * BAR_HEIGHT + 4;
    let said: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, bar.text)).collect();
    html! {
        svg role="img" viewBox=(format!("0 0 {WIDTH} {height}")) {
            title { (title) }
            desc { (said.join(";")) }
            @for (row, bar) in bars.iter().enumerate() {
                @let y = row * BAR_HEIGHT + 2;
                text x="0" y=(y + 14) { (short(&bar.name)) }
                rect.track x=(NAME_WIDTH) y=(y + 2) width=(BAR_WIDTH) height="14" {}
                @for (part, x, width) in laid_out(bar) {
                    rect class=(series[part].class) x=(x) y=(y + 2) width=(width) height="14" {
                        title { (bar.name) " " (series[part].label) " " (bar.parts[part]) }
                    }
                }
                text x=(NAME_WIDTH + BAR_WIDTH + 8) y=(y + 14) { (bar.text) }
            }
        }
    }
}

/// Which part begins where and how wide it is; edges are rounded, so that no gap opens between two.
fn laid_out(bar: &Bar) -> Vec<(usize, u64, u64)> {
    let edge = |sum: u64| NAME_WIDTH + scaled(sum, bar.whole, BAR_WIDTH);
    let mut before = 0;
    let place = |(part, &value): (usize, &u64)| {
        let (from, to) = (edge(before), edge(before + value));
        before += value;
        (part, from, to - from)
    };
    bar.parts.iter().enumerate().map(place).filter(|(.., width)| *width > 0).collect()
}

/// `value` of `whole`, on a length; a whole of nothing has no length.
fn scaled(value: u64, whole: u64, length: u64) -> u64 {
    let scaled = u128::from(value.min(whole)) * u128::from(length);
    scaled
        .checked_div(u128::from(whole))
        .map_or(0, |scaled| u64::try_from(scaled).unwrap_or(length))
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS_MAX - 1).chain(['…']).collect()
}

pub(super) fn legend(series: &[Series]) -> Markup {
    html! {
        @for one in series {
            " "
            svg style="display:inline;width:0.8em;height:0.8em" viewBox="0 0 10 10" aria-hidden="true" {
                title { (one.label) }
                desc { "图例" }
                rect class=(one.class) width="10" height="10" {}
            }
            (one.label)
        }
    }
}

/// Standing columns along time, side by side for each name.
pub(super) fn columns(title: &str, series: &[Series], groups: &[(String, Vec<u64>)]) -> Markup {
    let most = groups.iter().flat_map(|(_, values)| values).copied().max().unwrap_or(0).max(1);
    let step = (WIDTH - LEFT - RIGHT) as f64 / groups.len().max(1) as f64;
    // A fifth of the room stays free between groups.
    let width = step * 0.8 / series.len().max(1) as f64;
    let named_every = groups.len().div_ceil(NAMES_MAX).max(1);
    let height = |value: u64| scaled(value, most, COLUMNS_HEIGHT);
    let of_group = |(name, values): &(String, Vec<u64>)| {
        let numbers =
            series.iter().zip(values).map(|(one, value)| format!("{} {value}", one.label));
        format!("{name} {}", numbers.collect::<Vec<_>>().join(" "))
    };
    let said: Vec<String> = groups.iter().map(of_group).collect();
    let at = |x: f64| format!("{x:.1}");
    html! {
        figure {
            figcaption { (title) ":" (legend(series)) }
            svg role="img" viewBox=(format!("0 0 {WIDTH} {}", COLUMNS_HEIGHT + 34)) {
                title { (title) }
                desc { (said.join(";")) }
                @for (value, y) in [(most, 10), (0, COLUMNS_HEIGHT + 10)] {
                    line x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                    text.soft x=(LEFT - 6) y=(y + 4) text-anchor="end" { (value) }
                }
                @for (index, (name, values)) in groups.iter().enumerate() {
                    @let left = LEFT as f64 + step * (index as f64 + 0.1);
                    @for (nth, (value, one)) in values.iter().zip(series).enumerate().filter(|(_, (value, _))| **value > 0) {
                        rect class=(one.class) x=(at(left + width * nth as f64)) width=(at(width))
                            y=(COLUMNS_HEIGHT + 10 - height(*value)) height=(height(*value)) {
                            title { (name) " " (one.label) " " (value) }
                        }
                    }
                    @if index % named_every == 0 {
                        text.soft x=(at(left)) y=(COLUMNS_HEIGHT + 28) { (name) }
                    }
                }
            }
        }
    }
}
