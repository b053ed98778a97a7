//! Where the golden files hold to the last bit.

/// Whether this is the platform that the golden files were made on. Elsewhere `exp`, `log`, `pow`, `sin` and `cos`
/// may differ in last bits, and so may all that is computed from them.
pub const MADE_HERE: bool = cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"));
