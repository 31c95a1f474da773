//! Filling a set up to the limits.
//!
//! A *chain* is a decision with the ancestors that a set lacks. The decisions whose chains fit are a part of their own.
//! Its path is taken as far as it keeps the limits. The next class, which is too large, is added whole and then made
//! smaller with divided prices ([`super::descend`]). This is repeated with what is left, until no chain that gains
//! fits.

use secateur_program::{Control, Stop};

use super::core::Core;
use super::descend::Descent;
use super::part::{Classes, Part};
use super::reach::reach;
use super::set::Set;
use super::surrogate::Surrogate;

/// The part of the way that each round of a descent leaves, in 1/16. Steps are small, as divided prices change with the
/// set.
const KEEP: i64 = 12;

/// Fills `set`, which must keep the limits, with allowed decisions. Afterwards no allowed chain that gains fits. A stop
/// leaves the set as far as it has come. Every round gains, and costs O(U K), a path of what fits, and a descent.
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
            // Neither classes nor a descent have gained, but the best single chain does.
            set.add_chain(core, best);
        }
    }
}

/// Adds the next class to `set`, which contains all classes that fit together, and makes it smaller until it is within
/// the limits. The set is changed only if that gains.
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
