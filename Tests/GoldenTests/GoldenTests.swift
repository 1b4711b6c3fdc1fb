import Glibc
import TestSupport
import Testing

/// Each folder `Tests/Golden/<stage>/<what-it-shows>` is a case. `scripts/golden.sh` records the cases again.
///
/// | file | content |
/// |---|---|
/// | `input.ndjson` | standard input |
/// | `expected.ndjson` | standard output |
/// | `args` | arguments, one a line; `$CASE` is the folder, `$SCRATCH` an empty directory |
/// | `after`, `expected.after.ndjson` | arguments of a second run of the stage without input, and its output |
/// | `volatile` | keys, one a line, whose text differs from run to run and is compared as `*` |
/// | `expected.stderr`, `status` | standard error and exit status, if not empty and 0 |
struct GoldenTests {
    @Test(arguments: GoldenCase.all)
    func behavesAsRecorded(_ golden: GoldenCase) throws {
        let scratch = try TemporaryDirectory()
        let stage = try ChildProcess(
            Executables.path(golden.stage), golden.arguments("args", scratch: scratch.path),
            input: .file(golden.path("input.ndjson")))
        let exit = try stage.wait()
        #expect(golden.masked(stage.output) == golden.text("expected.ndjson") ?? "")
        #expect(stage.errors == golden.text("expected.stderr") ?? "")
        #expect(exit == .status(golden.status))
        guard golden.text("after") != nil else { return }
        let second = try ChildProcess(
            Executables.path(golden.stage), golden.arguments("after", scratch: scratch.path))
        #expect(try second.wait() == .status(0))
        #expect(golden.masked(second.output) == golden.text("expected.after.ndjson"))
    }

    @Test(arguments: ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"])
    func everyStageHasCases(stage: String) {
        #expect(GoldenCase.all.contains { $0.stage == stage })
    }
}

struct GoldenCase: CustomTestStringConvertible, Sendable {
    let stage: String
    let name: String

    var testDescription: String { "\(stage)/\(name)" }

    static let all: [GoldenCase] = folders(in: root).flatMap { stage in
        folders(in: "\(root)/\(stage)").map { GoldenCase(stage: stage, name: $0) }
    }

    func arguments(_ file: String, scratch: String) -> [String] {
        (text(file) ?? "").split(separator: "\n").map {
            String($0).replacing("$CASE", with: "\(Self.root)/\(stage)/\(name)").replacing(
                "$SCRATCH", with: scratch)
        }
    }

    var status: CInt { text("status").flatMap { CInt($0.filter(\.isNumber)) } ?? 0 }

    func path(_ file: String) -> String { "\(Self.root)/\(stage)/\(name)/\(file)" }

    /// Returns the output with the text of every volatile key replaced by `*`.
    func masked(_ output: String) -> String {
        (text("volatile") ?? "").split(separator: "\n").reduce(output) { output, key in
            var (masked, rest) = ("", output[...])
            while let start = rest.firstRange(of: "\"\(key)\":\"")?.upperBound,
                let end = rest[start...].firstIndex(of: "\"")
            {
                masked += rest[..<start] + "*"
                rest = rest[end...]
            }
            return masked + String(rest)
        }
    }

    /// Returns the content of a file of the case; `nil` where there is none.
    func text(_ file: String) -> String? {
        let descriptor = open(path(file), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let root = "\(Executables.packageRoot)/Tests/Golden"

    private static func folders(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            guard entry.pointee.d_type == DT_DIR else { continue }
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}
