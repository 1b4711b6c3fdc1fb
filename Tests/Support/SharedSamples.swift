import Glibc

#if canImport(Testing)
    import Testing
#endif

/// Recorded responses of the real services, in `samples` of a folder `shared` beside the package.
/// They are not part of the package: tests that need them are skipped where they are absent.
package enum SharedSamples {
    /// The sample's path; `nil` if it is absent.
    package static func path(_ name: String) -> String? {
        let path = "\(Executables.packageRoot)/../shared/samples/\(name)"
        return access(path, R_OK) == 0 ? path : nil
    }
}

// A release build with a static standard library has no module Testing.
#if canImport(Testing)
    extension Trait where Self == ConditionTrait {
        /// Skips the test where the sample is absent: `@Test(.needsSample("gamma_market.jsonl"))`.
        package static func needsSample(_ name: String) -> Self {
            .enabled(if: SharedSamples.path(name) != nil, "the sample \(name) is not on this machine")
        }
    }
#endif
