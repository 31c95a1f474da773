//! Kernels of our own for graphics cards: one source, compiled for Vulkan and for CUDA when it runs.
//!
//! burn's operators are a kernel each: Wanda by operators moves every number four times, the choice among M neighbours
//! several times M. Here each weight is read once and each score written once; memory is the limit then, so four
//! numbers are read and written at a time where rows allow it.
//!
//! CUDA's allocator pads rows: a row starts at its stride. Launches are the checked ones (what lies beyond a buffer
//! reads as zero), which need no `unsafe`.

use burn::tensor::{Tensor, TensorMetadata, TensorPrimitive};
use burn_cubecl::cubecl::calculate_cube_count_elemwise;
use burn_cubecl::cubecl::prelude::{CubeCount, CubeDim, StorageType};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime};
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems};
use cubek::matmul::launch::{Strategy, launch_ref};
use cubek::std::InputBinding;

use super::kernels::{Kernels, largest};

/// Neighbours that fit a unit's registers.
const LARGEST_GROUP: usize = 16;

impl<R: CubeRuntime, BT: BoolElement> Kernels for CubeBackend<R, f32, i32, BT> {
    fn wanda_of(weight: Tensor<Self, 2>, norms: Tensor<Self, 2>) -> Tensor<Self, 2> {
        scaled(weight, norms, false)
    }

    fn second_order_of(weight: Tensor<Self, 2>, divisors: Tensor<Self, 2>) -> Tensor<Self, 2> {
        scaled(weight, divisors, true)
    }

    fn pattern_of(scores: Tensor<Self, 2>, n: usize, m: usize) -> Tensor<Self, 2> {
        if m > LARGEST_GROUP {
            return largest(scores, n, m);
        }
        let scores = primitive(scores);
        let mask = like(&scores);
        let size = vector_size(&[&scores, &mask], m);
        let (count, dim) = units(&scores, m);
        let address = scores.required_address_type().max(mask.required_address_type());
        let client = scores.client.clone();
        source::keep_largest::launch::<R>(
            &client,
            count,
            dim,
            address,
            size,
            scores.into_tensor_arg(),
            mask.clone().into_tensor_arg(),
            n as u32,
            m,
        );
        tensor(mask)
    }

    /// By the units that compute in single precision: burn's own product takes tensor cores where it finds them, which
    /// round factors to 10 bits.
    fn product_of(a: Tensor<Self, 2>, b: Tensor<Self, 2>) -> Tensor<Self, 2> {
        let (a, b) = (a.transpose().into_primitive().tensor(), b.into_primitive().tensor());
        let shape = [a.meta.shape()[0], b.meta.shape()[1]].into();
        let product = empty_device_dtype(a.client.clone(), a.device.clone(), shape, a.dtype);
        let dtype: StorageType = a.dtype.into();
        let mut types = MatmulElems::from_globals(&MatmulGlobalElems { lhs: dtype, rhs: dtype, out: dtype });
        let client = a.client.clone();
        let (lhs, rhs) = (InputBinding::new(a.clone().binding(), dtype), InputBinding::new(b.clone().binding(), dtype));
        let launched = launch_ref(
            &Strategy::SimpleUnit(Default::default()),
            &client,
            lhs,
            rhs,
            product.clone().binding(),
            &mut types,
        );
        match launched {
            Ok(()) => tensor(product),
            // A device too small for the tiles.
            Err(_) => tensor::<R, BT>(a).matmul(tensor(b)),
        }
    }
}

fn tensor<R: CubeRuntime, BT: BoolElement>(tensor: CubeTensor<R>) -> Tensor<CubeBackend<R, f32, i32, BT>, 2> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

/// With neighbours of a row beside each other in memory.
fn primitive<R: CubeRuntime, BT: BoolElement>(tensor: Tensor<CubeBackend<R, f32, i32, BT>, 2>) -> CubeTensor<R> {
    let tensor = tensor.into_primitive().tensor();
    if tensor.meta.strides()[1] == 1 { tensor } else { into_contiguous(tensor) }
}

/// Uninitialised, of the same shape.
fn like<R: CubeRuntime>(tensor: &CubeTensor<R>) -> CubeTensor<R> {
    empty_device_dtype(tensor.client.clone(), tensor.device.clone(), tensor.shape(), tensor.dtype)
}

/// How many numbers to read at once: a power of two up to four that divides `parts` of a row and the place where every
/// row starts.
fn vector_size<R: CubeRuntime>(tensors: &[&CubeTensor<R>], parts: usize) -> usize {
    let divides = |size: &usize| {
        parts.is_multiple_of(*size) && tensors.iter().all(|tensor| tensor.meta.strides()[0].is_multiple_of(*size))
    };
    [4, 2].into_iter().find(divides).unwrap_or(1)
}

/// A unit for so many numbers.
fn units<R: CubeRuntime>(tensor: &CubeTensor<R>, numbers: usize) -> (CubeCount, CubeDim) {
    let units = tensor.shape().num_elements() / numbers;
    let dim = CubeDim::new(&tensor.client, units);
    (calculate_cube_count_elemwise(&tensor.client, units, dim), dim)
}

/// A weight and one number per column: `|w| f`, or `w^2 / f`.
fn scaled<R: CubeRuntime, BT: BoolElement>(
    weight: Tensor<CubeBackend<R, f32, i32, BT>, 2>,
    factors: Tensor<CubeBackend<R, f32, i32, BT>, 2>,
    squared: bool,
) -> Tensor<CubeBackend<R, f32, i32, BT>, 2> {
    let (weight, factors) = (primitive(weight), primitive(factors));
    let scores = like(&weight);
    let size = vector_size(&[&weight, &scores], weight.meta.shape()[1]);
    let (count, dim) = units(&weight, size);
    let address = weight.required_address_type().max(scores.required_address_type());
    let client = weight.client.clone();
    let (weight, factors) = (weight.into_tensor_arg(), factors.into_tensor_arg());
    source::by_column::launch::<R>(
        &client,
        count,
        dim,
        address,
        size,
        weight,
        factors,
        scores.clone().into_tensor_arg(),
        squared,
    );
    tensor(scores)
}

/// What runs on the card.
mod source {
    use burn_cubecl::cubecl;
    use burn_cubecl::cubecl::prelude::*;

    #[cube(launch, address_type = "dynamic")]
    pub(super) fn by_column<N: Size>(
        weight: &Tensor<Vector<f32, N>>,
        factors: &Tensor<Vector<f32, N>>,
        scores: &mut Tensor<Vector<f32, N>>,
        #[comptime] squared: bool,
    ) {
        let size = N::value().comptime();
        let columns = weight.shape(1) / size;
        let row = ABSOLUTE_POS / columns;
        let column = ABSOLUTE_POS % columns;
        if row < weight.shape(0) {
            let value = weight[row * (weight.stride(0) / size) + column];
            let factor = factors[column];
            let to = row * (scores.stride(0) / size) + column;
            if squared {
                scores[to] = value * value / factor;
            } else {
                scores[to] = value.abs() * factor;
            }
        }
    }

    /// A unit per group. A place stays if fewer than `n` others come before it, as in [`largest`].
    #[cube(launch, address_type = "dynamic")]
    pub(super) fn keep_largest<N: Size>(
        scores: &Tensor<Vector<f32, N>>,
        mask: &mut Tensor<Vector<f32, N>>,
        #[comptime] n: u32,
        #[comptime] m: usize,
    ) {
        let size = N::value().comptime();
        let groups = scores.shape(1) / m;
        let row = ABSOLUTE_POS / groups;
        let group = ABSOLUTE_POS % groups;
        if row < scores.shape(0) {
            let from = row * (scores.stride(0) / size) + group * (m / size);
            let to = row * (mask.stride(0) / size) + group * (m / size);
            let mut values = Array::<f32>::new(m);
            #[unroll]
            for part in 0..m / size {
                let read = scores[from + part];
                #[unroll]
                for place in 0..size {
                    values[part * size + place] = read[place];
                }
            }
            #[unroll]
            for part in 0..m / size {
                let mut kept = Vector::<f32, N>::empty();
                #[unroll]
                for place in 0..size {
                    let own = comptime!(part * size + place);
                    let mut before = 0u32;
                    #[unroll]
                    for other in 0..m {
                        if comptime!(other < own) {
                            before += u32::cast_from(values[other] >= values[own]);
                        } else if comptime!(other > own) {
                            before += u32::cast_from(values[other] > values[own]);
                        }
                    }
                    kept[place] = f32::cast_from(before < n);
                }
                mask[to + part] = kept;
            }
        }
    }
}
