import Glibc

/// A running shell command whose output is read through a pipe.
///
/// It uses popen(3), because Foundation's Process sometimes hangs when several run at the same time.
final class Command {
    private let stream: UnsafeMutablePointer<FILE>
    private var isClosed = false

    init(_ text: String) {
        stream = popen(text, "re")!
    }

    deinit {
        if !isClosed { pclose(stream) }
    }

    /// Returns the next line with its newline; empty at the end.
    func line() -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        return fgets(&buffer, CInt(buffer.count), stream).map { String(cString: $0) } ?? ""
    }

    /// Returns the whole output after the command has succeeded.
    func output() -> [UInt8] {
        var (output, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
        isClosed = true
        precondition(pclose(stream) == 0, "the command failed: \(String(decoding: output, as: UTF8.self))")
        return output
    }
}
