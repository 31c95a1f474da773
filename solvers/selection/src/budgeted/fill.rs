//! Filling a set up to the limits.
//!
//! What still fits chain by chain is a part of its own; its path is taken as far as it keeps the limits, and the class that is then
//! too large is taken whole and brought down by fair shares ([`super::descend`]). This repeats on what is left until no
//! chain that gains fits.

use secateur_program::{Control, Stop};

use super::core::Core;
use super::descend::Descent;
use super::part::{Classes, Part};
use super::reach::reach;
use super::set::Set;
use super::surrogate::Surrogate;

/// Part of the way that each round of a descent leaves, in 1/16: small steps, since shares change as sets shrink.
const KEEP: i64 = 12;

/// Fills `set`, which must keep the limits, with allowed decisions; afterwards no allowed chain that gains fits. After a stop the set is as
/// far as it came. Each round is O(U K), a path of what fits, and a descent; every round gains.
pub(super) fn fill(
    core: &Core<'_>,
    surrogate: &Surrogate,
    set: &mut Set,
    allowed: &[bool],
    control: &Control,
) -> Result<(), Stop> {
    loop {
        control.check()?;
        let reach = reach(core, set, |v| allowed[v as usize], &surrogate.price);
        let Some(best) = reach.best else { return Ok(()) };
        let part = Part::new(core, set, &reach.fits);
        let classes = part.classes(core, set, surrogate, Some(surrogate.most), control);
        let count = classes.within(&core.most);
        let before = set.gain;
        part.add_classes(core, &classes, 0..count, set);
        bring_down(core, surrogate, &part, &classes, set, control)?;
        if set.gain <= before {
            // Nothing but single chains: the best of them gains.
            set.add_chain(core, best);
        }
    }
}

/// Adds to `set`, which holds all classes that fit together, what is left of the next one when that has been brought down within the limits,
/// if it gains.
pub(super) fn bring_down(
    core: &Core<'_>,
    surrogate: &Surrogate,
    part: &Part,
    classes: &Classes,
    set: &mut Set,
    control: &Control,
) -> Result<(), Stop> {
    let count = classes.within(&core.most);
    if count == classes.len() {
        return Ok(());
    }
    let mut above = set.clone();
    part.add_classes(core, classes, count..count + 1, &mut above);
    let descent = Descent { price: &surrogate.price, most: &core.most, keep: KEEP, tilt: None };
    descent.run(core, &mut above, set, control)?;
    if above.gain > set.gain {
        *set = above;
    }
    Ok(())
}
