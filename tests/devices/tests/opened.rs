//! What can be opened, and why the rest cannot.

use secateur_neural::score::{BackEnd, Kernels, Work};

struct Name;

impl Work for Name {
    type Output = String;

    fn run<B: Kernels>(self, device: B::Device) -> String {
        B::name(&device)
    }
}

#[test]
fn the_processor_can_always_be_opened() {
    assert!(BackEnd::Cpu.open(Name).unwrap().contains("flex"));
}

#[test]
fn what_cannot_be_opened_says_why() {
    for back_end in BackEnd::ALL {
        // Opens exactly if the check passes, and panics in neither case.
        assert_eq!(back_end.open(Name).err(), back_end.check().err());
    }
}
