//! Which vector instructions the processor has, found out when the program runs.

#[cfg(target_arch = "x86_64")]
use pulp::NullaryFnOnce;
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

/// A kind of vector instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorUnits {
    /// Those that every processor has for which the program was compiled.
    Baseline,
    /// AVX2 of x86-64: four numbers at a time, multiplied and added in one instruction.
    Avx2,
    /// AVX-512 of x86-64: eight numbers at a time.
    Avx512,
}

impl VectorUnits {
    /// The best kind that this processor has.
    pub fn best() -> Self {
        Self::available().next_back().expect("the baseline is always there")
    }

    /// All kinds that this processor has, the best last.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        [VectorUnits::Baseline, VectorUnits::Avx2, VectorUnits::Avx512]
            .into_iter()
            .filter(|units| units.is_available())
    }

    fn is_available(self) -> bool {
        match self {
            VectorUnits::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            VectorUnits::Avx2 => V3::is_available(),
            #[cfg(target_arch = "x86_64")]
            VectorUnits::Avx512 => V4::is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Runs the task as compiled for these instructions, or for the baseline where they are missing.
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        match self {
            VectorUnits::Avx512 if let Some(units) = V4::try_new() => return units.vectorize(WithFma(task)),
            VectorUnits::Avx2 if let Some(units) = V3::try_new() => return units.vectorize(WithFma(task)),
            _ => {}
        }
        task.run::<{ cfg!(any(target_feature = "fma", target_arch = "aarch64")) }>()
    }
}

/// Something to compute with vector instructions.
pub(super) trait Task {
    /// What comes out.
    type Output;

    /// Computes it; `FMA` says whether the processor multiplies and adds in one instruction.
    ///
    /// With all that it calls it must be inlined (`#[inline(always)]`): what is not is compiled for the
    /// baseline.
    fn run<const FMA: bool>(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
struct WithFma<T>(T);

#[cfg(target_arch = "x86_64")]
impl<T: Task> NullaryFnOnce for WithFma<T> {
    type Output = T::Output;

    #[inline(always)]
    fn call(self) -> T::Output {
        self.0.run::<true>()
    }
}
