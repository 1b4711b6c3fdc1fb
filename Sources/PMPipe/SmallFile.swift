import Glibc

/// Returns the text of a small file, such as a secret or another stage's status.
///
/// - Parameter limit: The most bytes to read; the rest of a longer file is left out.
/// - Throws: ``ExitStatus/inputOutput`` if the file cannot be read.
package func readSmallFile(_ path: String, upTo limit: Int = 64 << 10) throws(StageError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unable(to: "open \(path)") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < bytes.count {
        let taken = bytes.withUnsafeMutableBytes {
            read(descriptor, $0.baseAddress! + count, $0.count - count)
        }
        if taken == 0 { break }
        if taken < 0 {
            guard errno == EINTR else { throw .unable(to: "read \(path)") }
            continue
        }
        count += taken
    }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
