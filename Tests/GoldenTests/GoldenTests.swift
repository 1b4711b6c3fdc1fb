import Glibc
import TestSupport
import Testing

/// Each folder `Tests/Golden/<stage>/<what-it-shows>` is a case: `input.ndjson` and `expected.ndjson`, and, where they
/// matter, `args` (one a line), `expected.stderr` and `status`. `scripts/golden.sh` records them anew.
struct GoldenTests {
    @Test(arguments: GoldenCase.all)
    func behavesAsRecorded(_ golden: GoldenCase) throws {
        let stage = try ChildProcess(
            Executables.path(golden.stage), golden.arguments, input: .file(golden.path("input.ndjson")))
        let exit = try stage.wait()
        #expect(stage.output == golden.text("expected.ndjson") ?? "")
        #expect(stage.errors == golden.text("expected.stderr") ?? "")
        #expect(exit == .status(golden.status))
    }

    @Test func thereAreCases() {
        #expect(GoldenCase.all.count >= 5)
    }
}

struct GoldenCase: CustomTestStringConvertible, Sendable {
    let stage: String
    let name: String

    var testDescription: String { "\(stage)/\(name)" }

    static let all: [GoldenCase] = folders(in: root).flatMap { stage in
        folders(in: "\(root)/\(stage)").map { GoldenCase(stage: stage, name: $0) }
    }

    var arguments: [String] { (text("args") ?? "").split(separator: "\n").map(String.init) }

    var status: CInt { text("status").flatMap { CInt($0.filter(\.isNumber)) } ?? 0 }

    func path(_ file: String) -> String { "\(Self.root)/\(stage)/\(name)/\(file)" }

    /// What the file holds, `nil` where there is none.
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
