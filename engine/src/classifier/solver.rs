//! One label against the rest: an L2-regularised support vector machine with squared hinge loss, solved by
//! dual coordinate descent (Hsieh et al., ICML 2008, algorithm 2: random order and shrinking). Several labels go side by side over the
//! texts in one order, each with its own duals and its own end: what takes the time is to read a text and the weights of its features.

/// Texts of unit length and what they are to be told from.
#[derive(Debug)]
pub(super) struct Problem {
    /// `features[bounds[i]..bounds[i + 1]]` are those of text `i`.
    pub(super) bounds: Vec<usize>,
    pub(super) features: Vec<(u32, f32)>,
    /// Squared length of each text, the constant feature included.
    pub(super) squares: Vec<f32>,
    pub(super) costs: Vec<f32>,
    pub(super) labels: Vec<u16>,
    pub(super) rows_count: usize,
}

/// A separating plane.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) weights: Vec<f32>,
    pub(super) bias: f32,
}

/// Rounds over all texts: liblinear's default is 1,000; ours end by tolerance after 10 to 60.
const ROUNDS_MAX: u32 = 300;
/// Largest violation of optimality that counts as solved (liblinear's default is 0.1).
const TOLERANCE: f32 = 0.1;
/// Labels side by side: their weights for one feature lie in half a cache line. (With sixteen it is no quicker.)
const LANES: usize = 8;

impl Problem {
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    fn features_of(&self, text: usize) -> &[(u32, f32)] {
        &self.features[self.bounds[text]..self.bounds[text + 1]]
    }

    /// On which side of a plane a text lies, and how far.
    pub(super) fn score(&self, plane: &Plane, text: usize) -> f32 {
        let weighed =
            self.features_of(text).iter().map(|&(row, v)| plane.weights[row as usize] * v);
        weighed.sum::<f32>() + plane.bias
    }

    /// Separates the texts of each of the first labels from all others.
    pub(super) fn separate(&self, labels_count: u16, seed: u64) -> Vec<Plane> {
        let labels: Vec<u16> = (0..labels_count).collect();
        labels.chunks(LANES).flat_map(|labels| Descent::new(self, labels, seed).run()).collect()
    }
}

/// Of some labels, each in a lane.
struct Descent<'a> {
    problem: &'a Problem,
    lanes: Vec<Lane>,
    /// By feature.
    weights: Vec<[f32; LANES]>,
    biases: [f32; LANES],
    /// By text.
    duals: Vec<[f32; LANES]>,
    /// Which lanes look at a text, a bit each.
    looks: Vec<u8>,
    /// Texts that any lane looks at.
    active: Vec<u32>,
    random: u64,
}

/// How far one label is.
struct Lane {
    label: u16,
    is_solved: bool,
    /// Texts that it looks at.
    active_count: usize,
    shrink_above: f32,
    /// Largest and smallest projected gradient of this round.
    largest: f32,
    smallest: f32,
}

impl Lane {
    fn of(label: u16, texts_count: usize) -> Lane {
        let (largest, smallest) = (f32::NEG_INFINITY, f32::INFINITY);
        let (is_solved, shrink_above) = (false, f32::INFINITY);
        Lane { label, is_solved, active_count: texts_count, shrink_above, largest, smallest }
    }

    /// What follows from a round; whether the lane looks at all texts or none from now on: what is optimal for some must be so for all.
    fn end_round(&mut self, texts_count: usize) -> bool {
        if self.is_solved {
            return false;
        }
        let is_optimal = self.largest - self.smallest <= TOLERANCE;
        let shrinks = !is_optimal && self.largest > 0.0;
        self.shrink_above = if shrinks { self.largest } else { f32::INFINITY };
        if is_optimal {
            self.is_solved = self.active_count == texts_count;
            self.active_count = texts_count;
        }
        (self.largest, self.smallest) = (f32::NEG_INFINITY, f32::INFINITY);
        is_optimal
    }
}

impl<'a> Descent<'a> {
    fn new(problem: &'a Problem, labels: &[u16], seed: u64) -> Descent<'a> {
        let first = labels.first().copied().unwrap_or_default();
        Descent {
            problem,
            lanes: labels.iter().map(|&label| Lane::of(label, problem.len())).collect(),
            weights: vec![[0.0; LANES]; problem.rows_count],
            biases: [0.0; LANES],
            duals: vec![[0.0; LANES]; problem.len()],
            looks: vec![0; problem.len()],
            active: Vec::new(),
            random: seed ^ u64::from(first).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    fn run(mut self) -> Vec<Plane> {
        self.look_again();
        for _ in 0..ROUNDS_MAX {
            self.round();
            if self.active.is_empty() {
                break;
            }
        }
        let plane = |lane: usize| Plane {
            weights: self.weights.iter().map(|row| row[lane]).collect(),
            bias: self.biases[lane],
        };
        (0..self.lanes.len()).map(plane).collect()
    }

    /// Lanes that are to look at every text do so; those that are solved look at none.
    fn look_again(&mut self) {
        let (mut at_all, mut at_none) = (0, 0);
        for (at, lane) in self.lanes.iter().enumerate() {
            at_all |= u8::from(lane.active_count == self.problem.len()) << at;
            at_none |= u8::from(lane.is_solved) << at;
        }
        self.looks.iter_mut().for_each(|looks| *looks = (*looks | at_all) & !at_none);
        let looked_at = |text: &u32| self.looks[*text as usize] != 0;
        self.active = (0..self.problem.len() as u32).filter(looked_at).collect();
    }

    /// Once over all texts that are looked at.
    fn round(&mut self) {
        self.shuffle();
        let mut at = 0;
        while at < self.active.len() {
            let text = self.active[at] as usize;
            self.visit(text);
            if self.looks[text] == 0 {
                self.active.swap_remove(at);
            } else {
                at += 1;
            }
        }
        let mut looks_anew = false;
        for lane in &mut self.lanes {
            looks_anew |= lane.end_round(self.problem.len());
        }
        if looks_anew {
            self.look_again();
        }
    }

    /// A step of each lane that looks at a text.
    fn visit(&mut self, text: usize) {
        let scores = self.scores(text);
        let softness = self.softness(text);
        let curvature = self.problem.squares[text] + softness;
        let mut changes = [0.0; LANES];
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            if self.looks[text] & 1 << at == 0 {
                continue;
            }
            let dual = &mut self.duals[text][at];
            let sign = if self.problem.labels[text] == lane.label { 1.0 } else { -1.0 };
            let gradient = sign * scores[at] - 1.0 + *dual * softness;
            if *dual == 0.0 && gradient > lane.shrink_above {
                self.looks[text] &= !(1 << at);
                lane.active_count -= 1;
                continue;
            }
            let projected = if *dual == 0.0 { gradient.min(0.0) } else { gradient };
            lane.largest = lane.largest.max(projected);
            lane.smallest = lane.smallest.min(projected);
            if projected.abs() > 1e-12 {
                let after = (*dual - gradient / curvature).max(0.0);
                changes[at] = (after - *dual) * sign;
                *dual = after;
            }
        }
        if changes != [0.0; LANES] {
            self.step(text, changes);
        }
    }

    fn scores(&self, text: usize) -> [f32; LANES] {
        let mut scores = [0.0; LANES];
        for &(row, value) in self.problem.features_of(text) {
            for (score, weight) in scores.iter_mut().zip(&self.weights[row as usize]) {
                *score += weight * value;
            }
        }
        for (score, bias) in scores.iter_mut().zip(self.biases) {
            *score += bias;
        }
        scores
    }

    /// The diagonal that squared hinge loss adds.
    fn softness(&self, text: usize) -> f32 {
        0.5 / self.problem.costs[text]
    }

    fn step(&mut self, text: usize, changes: [f32; LANES]) {
        for (bias, change) in self.biases.iter_mut().zip(changes) {
            *bias += change;
        }
        for &(row, value) in self.problem.features_of(text) {
            for (weight, change) in self.weights[row as usize].iter_mut().zip(changes) {
                *weight += change * value;
            }
        }
    }

    fn shuffle(&mut self) {
        for last in (1..self.active.len()).rev() {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mixed = (self.random ^ self.random >> 29).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            let pick = (u128::from(mixed) * (last as u128 + 1)) >> 64;
            self.active.swap(last, pick as usize);
        }
    }
}
