//! Which back ends are here, and work on one of them by name.
//!
//! burn's CUDA and Vulkan back ends panic in threads of their own when a driver is missing; so drivers are looked for
//! first. Looking for CUDA reads the loader's folders on Linux and then asks the driver; other systems are not
//! supported.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use burn::backend::Flex;

use super::kernels::Kernels;

/// Where tensors can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackEnd {
    /// burn's `Flex`: the processor.
    Cpu,
    /// burn's `Wgpu`: graphics cards, and Mesa's software device, through Vulkan (Metal on macOS).
    Wgpu,
    /// burn's `Cuda`: NVIDIA cards.
    Cuda,
}

/// Something to do on whichever back end is chosen.
pub trait Work {
    /// What comes of it.
    type Output;

    /// Does it on a device of the back end.
    fn run<B: Kernels>(self, device: B::Device) -> Self::Output;
}

/// Why a back end cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No back end of that name.
    #[error("back end `{name}`, expected cpu, wgpu or cuda")]
    Unknown {
        /// As given.
        name: String,
    },
    /// Compiled without it.
    #[error("back end `{0}` is not built in: compile with the feature `neural-{0}`")]
    NotBuilt(BackEnd),
    /// Neither a graphics card with a driver nor a software device.
    #[error(
        "no Vulkan device: a driver is missing (without a graphics card: Debian's mesa-vulkan-drivers and libvulkan1)"
    )]
    NoVulkan,
    /// Looked for on Linux only.
    #[error("CUDA is supported on Linux only")]
    NotLinux,
    /// The driver's library is missing.
    #[error("no NVIDIA driver: libcuda.so.1 is not where the loader looks")]
    NoDriver,
    /// A driver without a card.
    #[error("the NVIDIA driver has no device to offer")]
    NoCard,
    /// Kernels cannot be compiled.
    #[error("no NVRTC, CUDA's run-time compiler: libnvrtc.so.13, .12 or .11 is not where the loader looks")]
    NoCompiler,
    /// Kernels include a file that is missing.
    #[error("no CUDA headers: {} is missing; set CUDA_PATH to a folder with include/cuda_runtime.h", path.display())]
    NoHeaders {
        /// The file.
        path: PathBuf,
    },
}

impl BackEnd {
    /// Every back end, built in or not.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Wgpu, Self::Cuda];

    /// `cpu`, `wgpu` or `cuda`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// Whether it can be opened here.
    ///
    /// # Errors
    /// [`DeviceError`] says why not.
    pub fn check(self) -> Result<(), DeviceError> {
        match self {
            Self::Cpu => Ok(()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => wgpu::check(),
            #[cfg(feature = "cuda")]
            Self::Cuda => cuda::check(),
            #[cfg(not(all(feature = "wgpu", feature = "cuda")))]
            other => Err(DeviceError::NotBuilt(other)),
        }
    }

    /// Does the work on the back end's default device: the first card, for `wgpu` the one named by
    /// `CUBECL_WGPU_DEFAULT_DEVICE` if set.
    ///
    /// # Errors
    /// As [`BackEnd::check`].
    pub fn open<W: Work>(self, work: W) -> Result<W::Output, DeviceError> {
        self.check()?;
        match self {
            Self::Cpu => Ok(work.run::<Flex>(Default::default())),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(work.run::<burn::backend::Wgpu>(Default::default())),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(work.run::<burn::backend::Cuda>(Default::default())),
            #[cfg(not(all(feature = "wgpu", feature = "cuda")))]
            other => Err(DeviceError::NotBuilt(other)),
        }
    }
}

impl fmt::Display for BackEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for BackEnd {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let named = Self::ALL.into_iter().find(|back_end| back_end.name() == name);
        named.ok_or_else(|| DeviceError::Unknown { name: name.to_owned() })
    }
}

#[cfg(feature = "wgpu")]
mod wgpu {
    use burn::backend::wgpu::WgpuRuntime;
    use burn::backend::wgpu::graphics::{AutoGraphicsApi, GraphicsApi};
    use burn_cubecl::cubecl::Runtime;

    use super::DeviceError;

    pub(super) fn check() -> Result<(), DeviceError> {
        let devices = WgpuRuntime::enumerate_all_devices(&AutoGraphicsApi::backend());
        if devices.is_empty() { Err(DeviceError::NoVulkan) } else { Ok(()) }
    }
}

/// What the CUDA back end needs when it runs: the driver, a card, NVRTC, and one header that every kernel includes.
#[cfg(feature = "cuda")]
mod cuda {
    use std::env;
    use std::path::{Path, PathBuf};

    use burn_cubecl::cubecl::Runtime;
    use burn_cubecl::cubecl::cuda::{CudaRuntime, install};

    use super::DeviceError;

    pub(super) fn check() -> Result<(), DeviceError> {
        if !cfg!(target_os = "linux") {
            return Err(DeviceError::NotLinux);
        }
        if !library(&["libcuda.so.1", "libcuda.so"]) {
            return Err(DeviceError::NoDriver);
        }
        if CudaRuntime::enumerate_devices(0, &()).is_empty() {
            return Err(DeviceError::NoCard);
        }
        if !library(&["libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11"]) {
            return Err(DeviceError::NoCompiler);
        }
        let folder = install::cuda_path().unwrap_or_else(|| PathBuf::from("/usr/local/cuda"));
        let path = folder.join("include/cuda_runtime.h");
        if path.exists() { Ok(()) } else { Err(DeviceError::NoHeaders { path }) }
    }

    /// Whether the dynamic loader would find one of these: in `LD_LIBRARY_PATH`, its cache, or the folders that it
    /// always tries.
    fn library(names: &[&str]) -> bool {
        let listed = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let always = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"].map(PathBuf::from);
        let in_folder = |folder: PathBuf| names.iter().any(|name| folder.join(name).exists());
        let cache = std::fs::read("/etc/ld.so.cache").unwrap_or_default();
        env::split_paths(&listed).chain(always).any(in_folder) || names.iter().any(|name| in_cache(&cache, name))
    }

    /// Names stand in the cache between zero bytes.
    fn in_cache(cache: &[u8], name: &str) -> bool {
        let file = |entry: &[u8]| std::str::from_utf8(entry).is_ok_and(|entry| Path::new(entry).ends_with(name));
        cache.split(|byte| *byte == 0).any(file)
    }

    #[test]
    fn libraries_are_found_where_the_loader_finds_them() {
        // Every program of the tests is linked with the C library.
        assert!(library(&["libc.so.6"]));
        assert!(!library(&["libnot-there.so.1"]));
        assert!(in_cache(b"\0libcuda.so.1\0/usr/lib/libcuda.so.1\0", "libcuda.so.1"));
        assert!(!in_cache(b"\0libcuda.so.12\0/usr/lib/libcuda.so.12\0", "libcuda.so.1"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_ends_by_name() {
        for back_end in BackEnd::ALL {
            assert_eq!(back_end.name().parse(), Ok(back_end));
        }
        assert_eq!("gpu".parse::<BackEnd>().unwrap_err().to_string(), "back end `gpu`, expected cpu, wgpu or cuda");
    }

    #[test]
    fn what_is_not_built_in_says_so() {
        #[cfg(not(feature = "wgpu"))]
        assert!(BackEnd::Wgpu.check().unwrap_err().to_string().contains("feature `neural-wgpu`"));
        #[cfg(not(feature = "cuda"))]
        assert!(BackEnd::Cuda.check().unwrap_err().to_string().contains("feature `neural-cuda`"));
        assert_eq!(BackEnd::Cpu.check(), Ok(()));
    }
}
