import Glibc

/// A shell command under way, read from by a pipe.
///
/// Made of popen(3), because Foundation's Process hangs now and then when several run at a time.
final class Command {
    private let stream: UnsafeMutablePointer<FILE>
    private var isClosed = false

    init(_ text: String) {
        stream = popen(text, "re")!
    }

    deinit {
        if !isClosed { pclose(stream) }
    }

    /// The next line, with its end; empty when there is none.
    func line() -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        return fgets(&buffer, CInt(buffer.count), stream).map { String(cString: $0) } ?? ""
    }

    /// All there is, once the command has ended well.
    func output() -> [UInt8] {
        var (output, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
        isClosed = true
        precondition(pclose(stream) == 0, "the command failed: \(String(decoding: output, as: UTF8.self))")
        return output
    }
}
