//! Where the golden files hold to the last bit.

/// Whether the golden files were made on a platform like this: Linux with glibc on x86-64, whose `exp`, `log`, `pow`,
/// `sin` and `cos` use fused multiply-add. Elsewhere their last bits may differ, and so may all that follows.
pub fn made_here() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
    let here = std::is_x86_feature_detected!("fma");
    #[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
    let here = false;
    here
}
