import Glibc

/// Finds programs.
package enum Executables {
    /// A product of this package, for example `pm-filter`, from the same build as the running tests.
    ///
    /// A test target must name the executable among its dependencies, so that it is built.
    package static func path(_ product: String) throws -> String {
        let candidates =
            (productDirectories + [packageRoot + "/.build/debug", packageRoot + "/.build/release"])
            .map { "\($0)/\(product)" }
        guard let found = candidates.first(where: isExecutable) else {
            throw TestFailure("\(product) is not built: none of \(candidates.joined(separator: ", "))")
        }
        return found
    }

    /// Returns the path of a program of the system, searched in `PATH`, then in `folders`.
    package static func installed(_ name: String, orIn folders: [String] = []) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let places = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] + folders
        return places.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    /// The folder of `Package.swift`.
    package static let packageRoot = String(#filePath.dropLast("/Tests/Support/Executables.swift".count))

    /// The path of the test bundle: the running program itself, or an argument of it.
    private static var productDirectories: [String] {
        let bundles = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        return (["/proc/self/exe"] + bundles).compactMap { path in
            guard let whole = realpath(path, nil) else { return nil }
            defer { free(whole) }
            let resolved = String(cString: whole)
            return resolved.lastIndex(of: "/").map { String(resolved[..<$0]) }
        }
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
