import Glibc
import TestSupport
import Testing

/// The paths in ARCHITECTURE.md and the documents that comments cite exist.
struct ArchitectureTests {
    @Test(arguments: ["## The life of a trade", "## The life of a gap"])
    func everyNamedFileExists(heading: String) throws {
        let paths = try Self.paths(under: heading)
        #expect((5...15).contains(paths.count))
        for path in paths {
            #expect(access("\(Executables.packageRoot)/\(path)", F_OK) == 0, "\(heading) names \(path)")
        }
    }

    /// Comments cite no file outside the repository.
    @Test func citedDocumentsAreInTheRepository() throws {
        let search = try ChildProcess(
            "/bin/grep",
            [
                "-rnE", #"(^|[^/A-Za-z])POLYMARKET\.md|DESIGN\.md|RELIABILITY\.md|SCALE\.md"#,
                "--include=*.swift",
                "\(Executables.packageRoot)/Sources", "\(Executables.packageRoot)/Tools",
            ])
        _ = try search.wait()
        #expect(search.output == "")
    }

    /// Returns the paths in backquotes between a heading and the next one.
    private static func paths(under heading: String) throws -> [String] {
        let cat = try ChildProcess("/bin/cat", ["\(Executables.packageRoot)/ARCHITECTURE.md"])
        guard try cat.wait() == .status(0) else { throw TestFailure(cat.errors) }
        let section = cat.output.split(separator: heading + "\n").dropFirst().first ?? ""
        let body = section.prefix(upTo: section.firstRange(of: "\n## ")?.lowerBound ?? section.endIndex)
        return body.split(separator: "`").map(String.init).filter {
            $0.contains("/") && $0.hasSuffix(".swift")
        }
    }
}
