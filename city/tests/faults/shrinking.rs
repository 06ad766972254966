//! A failing run is made small, and what is left still fails, for the same reason, and needs all that is left.

use hotline_city::faults::{Fault, Kind};
use hotline_city::judges::Promise;
use hotline_city::shrink::{Failing, shrink_by};
use hotline_city::tamper::Tamper;
use hotline_city::{Failure, Plan, run, shrink};

#[test]
fn a_lost_commit_shrinks_to_the_power_cut_that_lost_it() {
    let tamper = Some(Tamper::LastCommitLost);
    let judged = Some(Promise::AcknowledgedSurvives);
    let plans = (1..).map(|seed| Plan { tamper, judged, ..Plan::new(seed, 60) });
    let failing = plans.take(12).find_map(|plan| {
        let failure = run(&plan).err()?;
        Some(Failing { plan, failure })
    });
    let first = failing.expect("the control fails in one of these");
    let Failing { plan, failure } = shrink(first.clone());
    let faults = plan.faults();
    assert_eq!(faults.len(), 1, "one power cut loses the commit: {faults:?}");
    assert!(plan.steps <= first.failure.step + 1 && plan.from > 0, "{plan}");
    assert_eq!(failure.promise, first.failure.promise);
    assert_eq!(run(&plan).err().as_ref(), Some(&failure), "what is told fails again");
    // The control: without what is left it does not fail.
    let none = Plan { faults: Some(Vec::new()), ..plan };
    assert_eq!(run(&none).err(), None);
}

/// By a run that fails only where two faults are left and people still ask in step 20.
fn needs_two(plan: &Plan) -> Option<Failure> {
    let kill = |(_, fault): &(usize, Fault)| fault.kind == Kind::Kill && fault.step <= 90;
    let kills = plan.faults().iter().filter(|it| kill(it)).count();
    let fails = kills >= 2 && plan.from <= 20 && plan.steps > 90;
    fails.then(|| Failure { step: 90, promise: None, why: String::new() })
}

#[test]
fn what_is_needed_stays_and_what_is_not_goes() {
    let plan = (1..100).map(|seed| Plan::new(seed, 200)).find(|plan| needs_two(plan).is_some());
    let plan = plan.expect("some seed has two kills");
    let failure = needs_two(&plan).expect("it was chosen by this");
    let shrunk = shrink_by(Failing { plan, failure }, needs_two);
    let Plan { steps, from, .. } = shrunk.plan;
    assert_eq!((steps, from, shrunk.plan.faults().len()), (91, 20, 2));
    let words = shrunk.plan.to_string();
    assert!(words.contains("--steps 91 --from 20 --faults "), "{words}");
}

#[test]
fn a_plan_is_the_same_every_time() {
    let plan = Plan::new(5, 40);
    assert_eq!(run(&plan), run(&plan));
}
