//! Kernels for graphics cards on rows that start at a stride, as CUDA's allocator has them.

use burn::backend::Wgpu;
use burn::tensor::{Distribution, Tensor, TensorPrimitive};
use burn_cubecl::cubecl::zspace::metadata::Metadata;
use burn_cubecl::tensor::CubeTensor;
use ndarray::Array2;
use secateur_neural::score::{BackEnd, Kernels, Reference, Scorer};
use secateur_neural::to_host;

/// The first columns of a matrix where they are.
fn padded(whole: Tensor<Wgpu, 2>, columns: usize) -> Tensor<Wgpu, 2> {
    let [rows, stride] = whole.dims();
    let CubeTensor { client, handle, device, dtype, .. } = whole.into_primitive().tensor();
    let metadata = Metadata::new([rows, columns], [stride, 1]);
    Tensor::from_primitive(TensorPrimitive::Float(CubeTensor::new(client, handle, metadata, device, dtype)))
}

#[test]
fn rows_start_at_their_stride() {
    if BackEnd::Wgpu.check().is_err() {
        return; // The battery says so.
    }
    let device = Default::default();
    let random =
        |rows: usize, columns: usize| Tensor::<Wgpu, 2>::random([rows, columns], Distribution::Default, &device);
    for (columns, stride) in [(8, 12), (8, 10), (8, 9), (6, 8), (5, 8)] {
        let whole = random(3, stride);
        let factors = random(1, columns) + 0.5;
        let (strided, packed) = (padded(whole.clone(), columns), whole.narrow(1, 0, columns));
        let same = |a: Tensor<Wgpu, 2>, b: Tensor<Wgpu, 2>| assert_eq!(to_host(a), to_host(b));
        for score in [Wgpu::wanda_of, Wgpu::second_order_of] {
            same(score(strided.clone(), factors.clone()), score(packed.clone(), factors.clone()));
        }
        let values = Array2::from_shape_vec((3, columns), to_host(packed.clone())).unwrap();
        for m in (1..=columns).filter(|m| columns % m == 0) {
            let expected = Reference.pattern(values.view(), 1, m).unwrap();
            assert_eq!(to_host(Wgpu::pattern_of(strided.clone(), 1, m)), expected.into_raw_vec_and_offset().0);
        }
        same(Wgpu::product_of(strided.clone(), strided), Wgpu::product_of(packed.clone(), packed));
    }
}
