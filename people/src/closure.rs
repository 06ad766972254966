//! On-time closure: a hotline for months or years among its people, by one seed. The real engine decides, in memory and by
//! the clock of the simulation; around it callers call, a desk dispatches, units sign, return and work, and callers are called
//! back. Policies differ in who decides what, never in a result. `people` beside it is about faults, and keeps nobody's hours.

mod aftermath;
mod causes;
mod course;
mod crews;
mod demand;
mod desk;
mod dispatching;
mod ground;
mod office;
mod outcome;
mod policy;
mod run;
mod scenario;
mod town;
mod unit_work;
mod warning;
mod work;

pub use causes::Cause;
pub use ground::{Ground, Told};
pub use outcome::{Calibration, Outcome, UnitOutcome, WeekOutcome};
pub use policy::{Dispatching, Policy, Switches};
pub use run::{Refused, run};
pub use scenario::{Reform, Scenario, Surge};
