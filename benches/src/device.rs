//! Where measurements of networks run.

use secateur::neural::score::{BackEnd, DeviceError, Work};

/// Does the work on the back end.
///
/// Without a feature of this package for graphics cards the work is compiled for the processor alone: another package of the
/// same build may have brought such a back end, and compiling for it takes minutes.
///
/// # Errors
/// When the back end cannot be opened.
pub(crate) fn open<W: Work>(back_end: BackEnd, work: W) -> Result<W::Output, DeviceError> {
    #[cfg(any(feature = "neural-wgpu", feature = "neural-cuda"))]
    return back_end.open(work);
    #[cfg(not(any(feature = "neural-wgpu", feature = "neural-cuda")))]
    match back_end {
        BackEnd::Cpu => Ok(work.run::<burn::backend::Flex>(Default::default())),
        other => Err(DeviceError::NotBuilt(other)),
    }
}
