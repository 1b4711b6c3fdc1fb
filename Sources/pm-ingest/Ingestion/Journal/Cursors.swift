import Glibc
import PMJSON

/// How far the consumers have come, as their status files say: a hint for what the journal may let go.
enum Cursors {
    // Of the last marks of those that keep a status file; `nil` when none does.

    static func least(in directory: String?) -> UInt64? { marks(in: directory).min() }

    static func greatest(in directory: String?) -> UInt64? { marks(in: directory).max() }

    private static func marks(in directory: String?) -> [UInt64] {
        guard let directory else { return [] }
        return ["pm-store", "pm-alert"].compactMap { mark(in: "\(directory)/\($0).json") }
    }

    private static func mark(in path: String) -> UInt64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0, let status = try? JSON(Array(bytes[..<count])) else { return nil }
        return status["last_mark"]?.numberText.flatMap { UInt64($0) }
    }
}
